import { lstat } from 'node:fs/promises';
import { lookDarwin } from '../darwin/locks.ts';
import { lookLinux } from '../linux/locks.ts';
import type { RunTool } from '../run/command.ts';
import type { LockSighting } from './sighting.ts';

export type { LockSighting } from './sighting.ts';

/** Reads who holds the lock on a file without touching it: a trial lock could refuse a bot that tries without waiting. */
export type LockLook = (path: string) => Promise<LockSighting>;

const UNKNOWN: LockSighting = { kind: 'unknown', holders: [], waiters: [] };
const FREE: LockSighting = { kind: 'free', holders: [], waiters: [] };

/** This system's way to read a lock; a missing file is free. */
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
