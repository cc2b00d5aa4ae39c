import type { Identity, ProcessRecord } from '../types.ts';

/** The identity of a process from its record. */
export function identityOf(record: ProcessRecord): Identity {
  return { pid: record.pid, startToken: record.startToken, uid: record.uid, executable: record.executable };
}

/** How the process that has the pid now compares to the one meant. */
export type Comparison = 'same' | 'gone' | 'replaced';

/**
 * `gone`: no process has the pid, or only the corpse of the one meant. `replaced`: another process has it, or it became
 * another program (exec) or another user's.
 */
export function compareIdentity(meant: Identity, now: ProcessRecord | null): Comparison {
  if (now === null) return 'gone';
  if (now.pid !== meant.pid || now.startToken !== meant.startToken) return 'replaced';
  if (now.corpse) return 'gone';
  return now.uid === meant.uid && now.executable === meant.executable ? 'same' : 'replaced';
}

/**
 * True when the process meant has ended: its pid is unused, reused or only its corpse's. A process that became another
 * program has not ended.
 */
export function hasEnded(meant: Identity, now: ProcessRecord | null): boolean {
  return now === null || now.pid !== meant.pid || now.startToken !== meant.startToken || now.corpse;
}

/** May this pid be signalled at all? 0 and negative numbers name groups, 1 is init, and Sexton never signals itself. */
export function isSignallable(pid: number, self: number): boolean {
  return Number.isSafeInteger(pid) && pid > 1 && pid !== self;
}
