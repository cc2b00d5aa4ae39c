import type { WatchedPort } from '../../../shared/settings.ts';
import type { PortState, ProcessRef } from '../../../shared/snapshot.ts';
import type { Holding, KernelTable } from '../platform/types.ts';
import type { Session } from './sessions.ts';
import type { TrackedZombie } from './zombies.ts';

/** What one look found, as far as the ports' lines need it. */
export interface PortFacts {
  table: KernelTable;
  zombies: Iterable<TrackedZombie>;
  sessions: readonly Session[];
  jammed: ReadonlyMap<number, boolean | null>;
  /** Who listens, by port. */
  gateways: ReadonlyMap<number, ProcessRef>;
}

/** The lines of the watched ports after a look that succeeded. */
export function portStates(watched: readonly WatchedPort[], facts: PortFacts): PortState[] {
  const listening = new Set(facts.table.rows.filter(({ state }) => state === 'LISTEN').map(({ local }) => local.port));
  const zombies = [...facts.zombies];
  return watched.map(({ port, label }) => {
    const here = zombies.filter((zombie) => zombie.port === port);
    const counted = here.filter((zombie) => zombie.counted);
    const gateway = counted.filter(({ side }) => side === 'gateway').length;
    return {
      port,
      label,
      listening: listening.has(port),
      gateway: listening.has(port) ? (facts.gateways.get(port) ?? null) : null,
      backlog: listening.has(port) ? (facts.table.backlog.get(port) ?? null) : null,
      jammed: listening.has(port) ? (facts.jammed.has(port) ? (facts.jammed.get(port) ?? null) : false) : false,
      zombies: { client: counted.length - gateway, gateway, total: counted.length },
      closing: here.length - counted.length,
      established: facts.sessions.filter((session) => session.port === port).length,
    };
  });
}

/** The lines of the watched ports while nothing is known: unknown is not zero. */
export function unknownPortStates(watched: readonly WatchedPort[]): PortState[] {
  return watched.map(({ port, label }) => ({
    port,
    label,
    listening: null,
    gateway: null,
    backlog: null,
    jammed: null,
    zombies: { client: null, gateway: null, total: null },
    closing: null,
    established: null,
  }));
}

/** The process that listens on each port, as far as `lsof` could see it. */
export function listeners(holdings: readonly Holding[], refer: (pid: number) => ProcessRef): Map<number, ProcessRef> {
  const found = new Map<number, ProcessRef>();
  for (const { pid, state, local } of holdings) {
    if (state === 'LISTEN' && !found.has(local.port)) found.set(local.port, refer(pid));
  }
  return found;
}
