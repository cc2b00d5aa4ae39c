import { lstat } from 'node:fs/promises';
import type { RunTool } from './command.ts';
import { lookDarwin } from './lock-observer-darwin.ts';
import { lookLinux } from './lock-observer-linux.ts';

/** What the system knows about the lock on one file. Pids may be those of helpers that wait for their parent. */
export interface LockSighting {
  /** `unknown`: it could not be read, which is never the same as free. */
  kind: 'free' | 'held' | 'unknown';
  /** Empty while held by somebody whom we may not see; several when a holder forked. */
  holders: number[];
  waiters: number[];
}

/** Looks who holds the lock on a file, without ever touching the lock: a probe could refuse a bot that tries without waiting. */
export type LockLook = (path: string) => Promise<LockSighting>;

const UNKNOWN: LockSighting = { kind: 'unknown', holders: [], waiters: [] };
const FREE: LockSighting = { kind: 'free', holders: [], waiters: [] };

/** This system's way to look at a lock; a file that is not there is free. */
export function createLockLook(system: 'linux' | 'darwin', run: RunTool): LockLook {
  return async (path) => {
    try {
      const { dev, ino } = await lstat(path, { bigint: true });
      return (system === 'linux' ? await lookLinux(path, { dev, ino }) : await lookDarwin(path, run)) ?? UNKNOWN;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOENT' ? FREE : UNKNOWN;
    }
  };
}
