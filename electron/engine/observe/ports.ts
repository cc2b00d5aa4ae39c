import type { WatchedPort } from '../../../shared/settings/settings.ts';
import type { PortState, ProcessRef } from '../../../shared/snapshot.ts';
import type { Holding, KernelTable } from '../platform/types.ts';
import { type Gaps, NO_GAPS, unknownCounts } from './gaps.ts';
import type { Session } from './sessions.ts';
import type { TrackedZombie } from './zombies.ts';

/** What the ports' lines need from one scan. */
export interface PortFacts {
  table: KernelTable;
  zombies: Iterable<TrackedZombie>;
  sessions: readonly Session[];
  jammed: ReadonlyMap<number, boolean | null>;
  backlog: ReadonlyMap<number, number | null>;
  /** The Gateway that listens, by port; behind a forwarder the Gateway found there. */
  gateways: ReadonlyMap<number, ProcessRef>;
  /** The forwarder that listens, by port; none when absent. */
  forwarders?: ReadonlyMap<number, ProcessRef>;
  /** What could not be counted; nothing when absent. */
  gaps?: Gaps;
}

/** The watched ports after a successful scan. */
export function portStates(watched: readonly WatchedPort[], facts: PortFacts): PortState[] {
  const listening = new Set(facts.table.rows.filter(({ state }) => state === 'LISTEN').map(({ local }) => local.port));
  const zombies = [...facts.zombies];
  const gaps = facts.gaps ?? NO_GAPS;
  return watched.map(({ port, label }): PortState => {
    const here = zombies.filter((zombie) => zombie.port === port);
    const counted = here.filter((zombie) => zombie.counted);
    const unknown = unknownCounts(gaps, port);
    const gateway = unknown.gateway ? null : counted.filter(({ side }) => side === 'gateway').length;
    const client = unknown.client ? null : counted.filter(({ side }) => side === 'client').length;
    const sides = unknown.gateway ? here.filter(({ side }) => side === 'client') : here;
    const open = listening.has(port);
    return {
      port,
      label,
      // An unreadable line may have been the listener's.
      listening: open || (gaps.rows ? null : false),
      gateway: open ? (facts.gateways.get(port) ?? null) : null,
      backlog: open && !gaps.forwarded.has(port) ? (facts.backlog.get(port) ?? null) : null,
      jammed: open ? jammedOn(port, facts.jammed, unknown.gateway) : gaps.rows ? null : false,
      zombies: { client, gateway, total: unknown.total ? null : (client ?? 0) + (gateway ?? 0) },
      closing: unknown.total ? null : sides.filter((zombie) => !zombie.counted).length,
      established: unknown.client ? null : facts.sessions.filter((session) => session.port === port).length,
      forwarder: open ? (facts.forwarders?.get(port) ?? null) : null,
    };
  });
}

/** A forwarder may have read what its hidden Gateway has not, so "not jammed" cannot be claimed. */
function jammedOn(port: number, jammed: PortFacts['jammed'], unseen: boolean): boolean | null {
  const judged = jammed.get(port);
  if (judged === true) return true;
  return unseen || judged === null ? null : false;
}

/** The watched ports while nothing is known: unknown is not zero. */
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
    forwarder: null,
  }));
}

/** The process that listens on each port, where `lsof` could see it. */
export function listeners(holdings: readonly Holding[], refer: (pid: number) => ProcessRef): Map<number, ProcessRef> {
  const found = new Map<number, ProcessRef>();
  for (const { pid, state, local } of holdings) {
    if (state === 'LISTEN' && !found.has(local.port)) found.set(local.port, refer(pid));
  }
  return found;
}
