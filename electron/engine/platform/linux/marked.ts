import { readdirSync, readFileSync } from 'node:fs';
import { type FindMarked, MARK_NAME } from '../run/marked.ts';

/** Reads /proc/PID/environ, which only one's own processes show. */
export const findMarked: FindMarked = async (mark) =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${MARK_NAME}=${mark}`);
      } catch {
        // Ended meanwhile, or another user's.
        return false;
      }
    })
    .map(Number);
