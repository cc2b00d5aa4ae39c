import type { Identity, ProcessRecord } from '../types.ts';

/** The identity of a process as it was read. */
export function identityOf(record: ProcessRecord): Identity {
  return { pid: record.pid, startToken: record.startToken, uid: record.uid, executable: record.executable };
}

/** How the process that has the pid now compares to the one that is meant. */
export type Comparison = 'same' | 'gone' | 'replaced';

/**
 * `gone`: nobody has the pid, or a corpse of the very process. `replaced`: somebody else has it, or the process became another
 * program (exec) or another user's.
 */
export function compareIdentity(meant: Identity, now: ProcessRecord | null): Comparison {
  if (now === null) return 'gone';
  if (now.pid !== meant.pid || now.startToken !== meant.startToken) return 'replaced';
  if (now.corpse) return 'gone';
  return now.uid === meant.uid && now.executable === meant.executable ? 'same' : 'replaced';
}

/** True when the very process has ended: nobody or somebody else has its pid, or only its corpse is left. One that became another program lives. */
export function hasEnded(meant: Identity, now: ProcessRecord | null): boolean {
  return now === null || now.pid !== meant.pid || now.startToken !== meant.startToken || now.corpse;
}

/** A pid that may be signalled at all: 0 and negative numbers name groups, 1 is init, and Sexton spares itself. */
export function isSignallable(pid: number, self: number): boolean {
  return Number.isSafeInteger(pid) && pid > 1 && pid !== self;
}
