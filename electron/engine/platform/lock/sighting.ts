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
