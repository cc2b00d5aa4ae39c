import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { failure, type Result, success } from '../../../shared/result.ts';
import { replaceFile } from './files/atomic-file.ts';
import { type FileError, fileError } from './files/file-error.ts';

/** `sexton pause` without a duration. */
export const DEFAULT_PAUSE_MS = 900_000;

/** Nobody is quiet for longer than a day by one command: a forgotten pause must not last. */
export const MAX_PAUSE_MS = 86_400_000;

/** The user's wish for quiet, in a file that app and commands share. */
export interface PauseFile {
  /** Until when it is quiet; `null` when it is not, also when the file says nothing usable: then it is safer to speak. */
  read(): Promise<Date | null>;
  /** Quiet for that long from now, at most `MAX_PAUSE_MS`; 0 or less resumes. Answers until when. */
  set(durationMs: number): Promise<Result<Date | null, FileError>>;
}

/** The end of a pause, if the text is one that is not over and not further away than a pause can be. */
export function pauseUntil(text: string, now: Date): Date | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('until' in value) || typeof value.until !== 'string')
      return null;
    const left = Date.parse(value.until) - now.getTime();
    return left > 0 && left <= MAX_PAUSE_MS ? new Date(value.until) : null;
  } catch {
    return null;
  }
}

/** The pause file in the state directory. */
export function openPause(directory: string, now: () => Date = () => new Date()): PauseFile {
  const path = join(directory, 'pause.json');
  return {
    read: async () => {
      const text = await readFile(path, 'utf8').catch(() => '');
      return pauseUntil(text, now());
    },
    set: async (durationMs) => {
      if (durationMs <= 0) {
        try {
          await rm(path, { force: true });
          return success(null);
        } catch (thrown) {
          return failure(fileError(path, thrown));
        }
      }
      const until = new Date(now().getTime() + Math.min(durationMs, MAX_PAUSE_MS));
      const written = await replaceFile(path, `${JSON.stringify({ until: until.toISOString() })}\n`);
      return written.ok ? success(until) : written;
    },
  };
}
