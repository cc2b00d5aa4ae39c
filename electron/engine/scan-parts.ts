import type { WatchedPort } from '../../shared/settings.ts';
import type { Problem, ProcessRef, Snapshot } from '../../shared/snapshot.ts';
import type { Proof } from './clean/proof.ts';
import { type Consistency, compareCounts } from './observe/consistency.ts';
import type { Look } from './observe/observer.ts';
import { listOwners } from './observe/owners.ts';
import { listeners, portStates, unknownPortStates } from './observe/ports.ts';
import { describeProcess } from './observe/scripts.ts';

/** The part of a snapshot that a scan decides. */
export type ScanParts = Pick<Snapshot, 'scan' | 'ports' | 'owners' | 'unattributed'>;

/** A scan that saw the kernel's table. */
export interface SeenScan {
  look: Look;
  /** Who owns what, as last read; `null` when that is not known. */
  proof: Proof | null;
  /** Why the owners could not be read. */
  ownersProblem: Problem | null;
  shown: readonly WatchedPort[];
  self: { uid: number };
  culprits(zombieKey: string): readonly ProcessRef[];
  /** When, ISO 8601 UTC. */
  at: string;
  durationMs: number;
}

/** What a scan says that saw the kernel's table, with or without the owners. */
export function seenParts(seen: SeenScan): ScanParts {
  const { look, proof, shown, culprits } = seen;
  const refer = (pid: number) => referTo(pid, proof);
  // With nothing on the ports there is nobody to find, and nothing is missed by not finding them.
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
      gateways: proof ? listeners(proof.attribution.holdings, refer) : new Map(),
    }),
    owners:
      proof === null
        ? []
        : listOwners(proof.zombies, proof.attribution.holdings, new Set(shown.map(({ port }) => port)), {
            refer,
            verdict: (pid) => proof.guard.verdict(pid),
            culprits,
          }),
    unattributed: compared?.unattributed ?? (look.fingerprint === '' ? 0 : null),
  };
}

/** What a scan says that saw nothing: unknown is not zero. `at` is when something was last seen. */
export function failedParts(
  problem: Problem,
  { shown, at, durationMs }: Pick<SeenScan, 'shown' | 'at' | 'durationMs'>,
): ScanParts {
  return {
    scan: { kind: 'failed', at, durationMs: Math.round(durationMs), problems: [problem] },
    ports: unknownPortStates(shown),
    owners: [],
    unattributed: null,
  };
}

/** Compares the count with the attribution that belongs to it. */
export function compare(
  { zombies, attribution: { holdings, unreadable }, look }: Proof,
  self: { uid: number },
): Consistency {
  return compareCounts(zombies, { total: holdings.length, unreadable }, self, look.table.backlog);
}

/** The process as people read it; one that ended meanwhile is just its pid. */
export function referTo(pid: number, proof: Proof | null): ProcessRef {
  const process = proof?.attribution.processes.get(pid);
  return process ? describeProcess(process) : { pid, startedAt: '', uid: -1, name: `process ${pid}`, commandLine: '' };
}
