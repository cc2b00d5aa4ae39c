import { dirname } from 'node:path';
import { failure, type Result, success } from '../../../../shared/result.ts';
import type { Flock } from '../../platform/lock/flock.ts';
import { ensureDirectory } from './atomic-file.ts';

/** Why a lock between processes could not be taken. `timeout`: another process holds it. `unavailable`: there can be no lock here at all. */
export interface MutexError {
  code: 'timeout' | 'unavailable';
  detail: string;
}

/**
 * A lock between processes that dies with its holder, held only for the moment of a write. Two callers exclude each other within one
 * process too.
 */
export interface Mutex {
  /** Waits up to `timeoutMs`. The returned function releases the lock and must be called once. */
  acquire(timeoutMs: number): Promise<Result<() => Promise<void>, MutexError>>;
}

/** A lock on a file of Sexton's own, beside the file it protects. The lock file is created when missing and never removed. */
export function createFileMutex(flock: Flock, path: string): Mutex {
  return {
    acquire: async (timeoutMs) => {
      const made = await ensureDirectory(dirname(path));
      if (!made.ok) return failure({ code: 'unavailable', detail: made.error.detail });
      const held = await flock.lock({ path, timeoutMs });
      if (held.ok) return success(() => held.value.release());
      const { code, detail } = held.error;
      if (code === 'timeout') return failure({ code, detail: `${path} is held by another process` });
      return failure({ code: 'unavailable', detail: `${path}: ${code}${detail && `, ${detail}`}` });
    },
  };
}
