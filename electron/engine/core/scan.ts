import type { WatchedPort } from '../../../shared/settings/settings.ts';
import type { Problem, ProcessRef, Snapshot } from '../../../shared/snapshot.ts';
import type { Proof } from '../clean/proof.ts';
import { type Consistency, compareCounts } from '../observe/consistency.ts';
import type { ForwardedPort } from '../observe/forwarded/forwarding.ts';
import { forwardedOwners } from '../observe/forwarded/owners.ts';
import type { Look } from '../observe/observer.ts';
import { listOwners, worstFirst } from '../observe/owners.ts';
import { listeners, type PortFacts, portStates, unknownPortStates } from '../observe/ports.ts';
import { describeProcess } from '../observe/process/scripts.ts';
import { listElsewhere } from '../observe/remote/elsewhere.ts';
import type { ProcessRecord } from '../platform/types.ts';

/** The parts of a snapshot that a scan determines. */
export type ScanParts = Pick<Snapshot, 'scan' | 'ports' | 'elsewhere' | 'owners' | 'unattributed'>;

/** A scan that saw the kernel's table. */
export interface SeenScan {
  look: Look;
  /** Who owns what, as last read; `null` when unknown. */
  proof: Proof | null;
  /** Why the owners could not be read. */
  ownersProblem: Problem | null;
  shown: readonly WatchedPort[];
  self: { uid: number };
  /** The watched ports on which a forwarder listens. */
  forwarded: ReadonlyMap<number, ForwardedPort>;
  isBot(process: ProcessRecord): boolean;
  culprits(zombieKey: string): readonly ProcessRef[];
  /** When, ISO 8601 UTC. */
  at: string;
  durationMs: number;
}

/** The snapshot parts of a scan that read the kernel's table, with or without the owners. */
export function seenParts(seen: SeenScan): ScanParts {
  const { look, proof, shown, culprits } = seen;
  const refer = (pid: number) => referTo(pid, proof);
  // With nothing on the ports there are no owners to miss.
  const ownersProblem = look.fingerprint === '' ? null : seen.ownersProblem;
  const compared = proof === null ? null : compare(proof, seen.self);
  const problems = [...look.table.problems, ...(ownersProblem ? [ownersProblem] : []), ...(compared?.problems ?? [])];
  return {
    scan: {
      kind: problems.length > 0 ? 'degraded' : 'ok',
      at: seen.at,
      durationMs: Math.round(seen.durationMs),
      problems,
    },
    ports: portStates(shown, {
      table: look.table,
      zombies: look.zombies.values(),
      sessions: look.sessions,
      jammed: look.jammed,
      backlog: look.backlog,
      ...listenersOf(seen),
      gaps: look.gaps,
    }),
    elsewhere: listElsewhere({
      zombies: look.elsewhere.zombies.values(),
      sessions: look.elsewhere.sessions,
      owners: proof?.attribution ?? null,
      isBot: seen.isBot,
    }),
    owners: [
      ...forwardedOwners(look.zombies.values(), seen.forwarded),
      ...(proof === null
        ? []
        : listOwners(proof.zombies, proof.attribution.holdings, new Set(shown.map(({ port }) => port)), {
            refer,
            verdict: (pid) => proof.judge.verdict(pid),
            culprits,
          })),
    ].sort(worstFirst),
    unattributed: compared?.unattributed ?? (look.fingerprint === '' ? 0 : null),
  };
}

/** The snapshot parts of a failed scan: unknown is not zero. `at` is the time of the last successful scan. */
export function failedParts(
  problem: Problem,
  { shown, at, durationMs }: Pick<SeenScan, 'shown' | 'at' | 'durationMs'>,
): ScanParts {
  return {
    scan: { kind: 'failed', at, durationMs: Math.round(durationMs), problems: [problem] },
    ports: unknownPortStates(shown),
    elsewhere: [],
    owners: [],
    unattributed: null,
  };
}

/** Who listens on each port: the Gateway, or a forwarder and the Gateway that was found behind it. */
function listenersOf({ proof, forwarded }: SeenScan): Pick<PortFacts, 'gateways' | 'forwarders'> {
  const gateways = proof ? listeners(proof.attribution.holdings, (pid) => referTo(pid, proof)) : new Map();
  const forwarders = new Map<number, ProcessRef>();
  for (const [port, { forwarder, lead }] of forwarded) {
    forwarders.set(port, describeProcess(forwarder));
    if (lead === null) gateways.delete(port);
    else gateways.set(port, describeProcess(lead.gateway));
  }
  return { gateways, forwarders };
}

/** Compares the count with the attribution from the same scan. */
export function compare(
  { zombies, attribution: { holdings, unreadable }, look }: Proof,
  self: { uid: number },
): Consistency {
  return compareCounts(zombies, { total: holdings.length, unreadable }, self, look.table.backlog);
}

/** The process as people read it; one that has ended is shown by its pid alone. */
export function referTo(pid: number, proof: Proof | null): ProcessRef {
  const process = proof?.attribution.processes.get(pid);
  return process ? describeProcess(process) : { pid, startedAt: '', uid: -1, name: `process ${pid}`, commandLine: '' };
}
