import type { Identity, ProcessRecord } from '../types.ts';

// This file answers "is it the same process?" for the whole engine. What snapshots and the journal show of a process has no start
// token; `shared/same-process.ts` compares that.

type Started = Pick<Identity, 'pid' | 'startToken'>;

/** `ps` on macOS tells the start in whole seconds: `2026-11-21T18:25:53.000Z`. */
const WHOLE_SECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/;
/** libproc tells it in microseconds, with a number that the kernel gives to no other process. */
const MICROSECONDS = /^(\d+)\.\d{6}#\d+$/;

/**
 * Is it the same process, though perhaps another source told its start? Tokens of one source must be equal. Of two with different
 * precision the finer must lie within the second that the coarser names. An unknown start is nobody's.
 */
export function isSameProcess(one: Started, other: Started): boolean {
  if (one.pid !== other.pid || one.startToken === '') return false;
  if (one.startToken === other.startToken) return true;
  return isWithin(one.startToken, other.startToken) || isWithin(other.startToken, one.startToken);
}

function isWithin(fine: string, coarse: string): boolean {
  const seconds = MICROSECONDS.exec(fine)?.[1];
  return seconds !== undefined && WHOLE_SECONDS.test(coarse) && Number(seconds) * 1000 === Date.parse(coarse);
}

/** Is the process with the pid now the very one that is meant, and no corpse? It may have become another program. */
export function lives(meant: Started, now: ProcessRecord | undefined): boolean {
  return now !== undefined && !now.corpse && isSameProcess(meant, now);
}

/** Pid and exact start as one text, for sets and maps of processes that one source told. */
export function processText({ pid, startToken }: Started): string {
  return `${pid} ${startToken}`;
}

/** The identity of a process as it was read. */
export function identityOf({ pid, startToken, uid, executable }: ProcessRecord): Identity {
  return { pid, startToken, uid, executable };
}

/** How the process that has the pid now compares to the one meant. */
export type Comparison = 'same' | 'gone' | 'replaced';

/**
 * The comparison before a signal: start token, user and program must be exactly those that were planned for. `gone`: nobody has the
 * pid, or a corpse of the very process. `replaced`: somebody else has it, or the process became another program (exec) or another user's.
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
  return !lives(meant, now ?? undefined);
}

/** May this pid be signalled at all? 0 and negative numbers name groups, 1 is init, and Sexton never signals itself. */
export function isSignallable(pid: number, self: number): boolean {
  return Number.isSafeInteger(pid) && pid > 1 && pid !== self;
}
