import type { ProcessRef } from './snapshot.ts';

/**
 * Why the handshake lock was not taken. `unavailable`: this machine offers no
 * way to call flock(2); `aborted`: the caller no longer wanted it.
 */
export type LockErrorCode =
  | 'timeout'
  | 'aborted'
  | 'symlink'
  | 'not-a-file'
  | 'no-folder'
  | 'not-permitted'
  | 'unavailable'
  | 'failed';

/** Why the handshake lock at `path` was not taken; `waitedMs` is the time spent on it. */
export interface LockError {
  code: LockErrorCode;
  path: string;
  waitedMs: number;
  /** Who held it when the wait ended; known for `timeout` only, and not always then. */
  holder: ProcessRef | null;
  /** The system's own message; empty where the code says it all. */
  detail: string;
}
