import { dirname } from 'node:path';
import { failure, success } from '../../../shared/result.ts';
import type { Flock } from '../platform/flock.ts';
import { ensureDirectory } from '../record/atomic-file.ts';
import type { Mutex } from '../record/mutex.ts';

/** A lock between Sexton's own processes on a file of its own at `path`; its directory is made when it is missing. */
export function createFileMutex(flock: Flock, path: string): Mutex {
  return {
    acquire: async (timeoutMs) => {
      await ensureDirectory(dirname(path));
      const result = await flock.lock({ path, timeoutMs });
      if (result.ok) return success(result.value.release);
      const { code, detail } = result.error;
      return failure({ code: code === 'timeout' ? code : 'unavailable', detail: detail || code });
    },
  };
}
