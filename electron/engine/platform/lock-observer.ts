import { lstat } from 'node:fs/promises';
import type { RunTool } from './command.ts';
import { lookDarwin } from './lock-observer-darwin.ts';
import { lookLinux } from './lock-observer-linux.ts';
import type { LockSighting } from './lock-sighting.ts';

export type { LockSighting } from './lock-sighting.ts';

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
