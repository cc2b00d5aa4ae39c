/** What the system knows about the lock on one file. Pids may be those of helpers that wait for their parent. */
export interface LockSighting {
  /** `unknown`: it could not be read, which is never the same as free. */
  kind: 'free' | 'held' | 'unknown';
  /** Empty while held by somebody whom we may not see; several when a holder forked. */
  holders: number[];
  waiters: number[];
  /** The process that took it no longer has it: the holders share its opening of the file. */
  inherited?: true;
}
