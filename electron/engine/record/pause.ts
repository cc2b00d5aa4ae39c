import { z } from 'zod';
import { type Result, success } from '../../../shared/result.ts';
import type { FileError } from './files/file-error.ts';
import { decodeJson } from './files/json.ts';
import { keptValue, openStateFile, type StatePlace } from './files/state-file.ts';

/** The length of `sexton pause` without a duration. */
export const DEFAULT_PAUSE_MS = 900_000;

/** No pause is longer than a day: a forgotten one must end. */
export const MAX_PAUSE_MS = 86_400_000;

const schema = z.object({ until: z.iso.datetime() });

/** The user's wish for quiet, in a file that app and commands share. */
export interface PauseFile {
  /** When the pause ends; `null` when there is none, also when the file cannot be used: then it is safer to alert. */
  read(): Promise<Date | null>;
  /** Pauses for that long from now, at most `MAX_PAUSE_MS`; 0 or less resumes. Answers when the pause ends. */
  set(durationMs: number): Promise<Result<Date | null, FileError>>;
}

/** Opens the pause file; its mutex is used if it can be had. */
export function openPause(place: StatePlace, now: () => Date = () => new Date()): PauseFile {
  const file = openStateFile({
    ...place,
    decode: (text) => decodeJson(text, schema),
    encode: (value) => `${JSON.stringify(value)}\n`,
    what: 'a pause',
    // The file is replaced as a whole, and the last wish counts: no lock is worth refusing it.
    withoutLock: 'write',
    now,
  });
  let until: string | null = null;
  return {
    read: async () => {
      const read = await file.readIfChanged();
      if (read !== 'unchanged') until = read.ok ? (keptValue(read.value)?.until ?? null) : null;
      return until === null ? null : pauseEnd(until, now());
    },
    set: (durationMs) =>
      file.exclusively(async (held) => {
        if (durationMs <= 0) {
          const removed = await held.remove();
          if (removed.ok) until = null;
          return removed.ok ? success(null) : removed;
        }
        const end = new Date(now().getTime() + Math.min(durationMs, MAX_PAUSE_MS));
        const written = await held.write({ until: end.toISOString() });
        if (written.ok) until = end.toISOString();
        return written.ok ? success(end) : written;
      }),
  };
}

/** The end of a pause that is not over; a clock that was set back cannot make it longer than a pause can be. */
function pauseEnd(until: string, now: Date): Date | null {
  const left = Date.parse(until) - now.getTime();
  return left > 0 && left <= MAX_PAUSE_MS ? new Date(until) : null;
}
