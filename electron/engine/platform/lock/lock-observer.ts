import { lstat } from 'node:fs/promises';
import type { FileId, LockLook, LockSighting } from './sighting.ts';

const UNKNOWN: LockSighting = { kind: 'unknown', holders: [], waiters: [] };
const FREE: LockSighting = { kind: 'free', holders: [], waiters: [] };

/** A look at a lock, given the system's way to read one on a file that is there (`null`: unreadable). A missing file is free. */
export function createLockLook(read: (path: string, file: FileId) => Promise<LockSighting | null>): LockLook {
  return async (path) => {
    try {
      const { dev, ino } = await lstat(path, { bigint: true });
      return (await read(path, { dev, ino })) ?? UNKNOWN;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOENT' ? FREE : UNKNOWN;
    }
  };
}
