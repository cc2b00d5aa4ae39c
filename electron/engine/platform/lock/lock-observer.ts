import { lstat } from 'node:fs/promises';
import { createAskKernel, observeDarwin } from '../darwin/locks.ts';
import { lookLinux } from '../linux/locks.ts';
import type { RunTool } from '../run/command.ts';
import type { LockSighting } from './sighting.ts';

export type { LockSighting } from './sighting.ts';

/** Looks who holds the lock on a file, without ever touching the lock: a probe could refuse a bot that tries without waiting. */
export type LockLook = (path: string) => Promise<LockSighting>;

const UNKNOWN: LockSighting = { kind: 'unknown', holders: [], waiters: [] };
const FREE: LockSighting = { kind: 'free', holders: [], waiters: [] };

/** This system's way to look at a lock; a file that is not there is free. */
export function createLockLook(system: 'linux' | 'darwin', run: RunTool): LockLook {
  const ask = createAskKernel();
  return async (path) => {
    try {
      const { dev, ino } = await lstat(path, { bigint: true });
      return (
        (system === 'linux' ? await lookLinux(path, { dev, ino }) : await observeDarwin(path, run, ask)) ?? UNKNOWN
      );
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOENT' ? FREE : UNKNOWN;
    }
  };
}
