/** What the system knows about the lock on one file. Pids may be those of helpers that wait for their parent. */
export interface LockSighting {
  /** `unknown`: it could not be read, which is never the same as free. */
  kind: 'free' | 'held' | 'unknown';
  /** Empty while the holder cannot be seen; several when a holder forked. */
  holders: number[];
  waiters: number[];
  /** The process that took it no longer has it: the holders share its open file. */
  inherited?: true;
}

/** Looks who holds the lock on a file, without ever touching the lock: a probe could refuse a bot that tries without waiting. */
export type LockLook = (path: string) => Promise<LockSighting>;

/** A file as stat(2) names it. */
export interface FileId {
  dev: bigint;
  ino: bigint;
}
