import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HistoryRange, HistoryView } from '../../../../shared/history.ts';
import { failure, type Result, success } from '../../../../shared/result.ts';
import type { Snapshot } from '../../../../shared/snapshot.ts';
import { moveAside, replaceFile, sweepLeftovers } from '../files/atomic-file.ts';
import { type FileError, fileError, fileErrorWords, systemCode } from '../files/file-error.ts';
import type { Mutex } from '../files/mutex.ts';
import { readJournal } from '../journal/read.ts';
import { parseRing, renderRing } from './format.ts';
import { DAY_MS, EMPTY_RING, type HistoryRing, MINUTE_MS, mergeRings, recordSample, sampleOf } from './ring.ts';
import { historyView } from './view.ts';

/** How long each range of the panel is. */
export const RANGE_MS: Readonly<Record<HistoryRange, number>> = { '1h': DAY_MS / 24, '24h': DAY_MS, '7d': 7 * DAY_MS };

/** Why the history was not written. `locked`: another program kept its file for too long. */
export type HistoryError = FileError | { code: 'locked'; path: string; detail: string };

/**
 * What was seen over the last week. Several programs may feed one file: what each saw is merged under a lock. At most one write a minute,
 * when a new minute begins, so that a killed program loses no more than the minute that was going on.
 */
export interface History {
  /** Reads what earlier runs saw. A file that is no history is moved aside; the answer is its new path, `null` otherwise. */
  load(): Promise<Result<string | null, FileError>>;
  /** Adds a look, and writes when a minute is over; call it after each look, changed or not. */
  observe(snapshot: Pick<Snapshot, 'scan' | 'ports' | 'level'>): Promise<Result<void, HistoryError>>;
  /** The record of the last so many ms, with what the journal says about them. */
  view(spanMs: number): Promise<HistoryView>;
  /** Writes what is not written yet. */
  stop(): Promise<Result<void, HistoryError>>;
}

const LOCK_TIMEOUT_MS = 5_000;

/** The history of a state directory; `logs` is the journal's directory, `mutex` guards the history's file alone. */
export function openHistory(options: {
  directory: string;
  logs: string;
  mutex: Mutex;
  now?: () => Date;
  lockTimeoutMs?: number;
}): History {
  const { directory, logs, mutex, now = () => new Date(), lockTimeoutMs = LOCK_TIMEOUT_MS } = options;
  const path = join(directory, 'history.json');
  let ring: HistoryRing = EMPTY_RING;
  let minuteWritten: number | null = null;
  let unwritten = false;
  let writing: Promise<Result<void, HistoryError>> | null = null;

  const readIn = async (): Promise<Result<string | null, FileError>> => {
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (thrown) {
      return systemCode(thrown) === 'ENOENT' ? success(null) : failure(fileError(path, thrown));
    }
    const stored = parseRing(text);
    if (stored === null) return moveAside(path, now());
    ring = mergeRings(ring, stored, now().getTime());
    return success(null);
  };

  const write = async (): Promise<Result<void, HistoryError>> => {
    const lock = await mutex.acquire(lockTimeoutMs);
    // Where no lock can be had at all, the file is still replaced as a whole: only two programs at once would miss each other's looks.
    if (!lock.ok && lock.error.code === 'timeout') return failure({ code: 'locked', path, detail: lock.error.detail });
    try {
      const read = await readIn();
      if (!read.ok) return read;
      unwritten = false;
      const written = await replaceFile(path, renderRing(ring));
      if (!written.ok) unwritten = true;
      return written;
    } finally {
      if (lock.ok) await lock.value();
    }
  };

  const writeOnce = (): Promise<Result<void, HistoryError>> => {
    writing ??= write().finally(() => {
      writing = null;
    });
    return writing;
  };

  return {
    load: async () => {
      await sweepLeftovers(path, now().getTime());
      return readIn();
    },
    observe: async (snapshot) => {
      const sample = sampleOf(snapshot);
      if (sample === null) return success(undefined);
      const time = now().getTime();
      const minute = Math.floor(time / MINUTE_MS);
      ring = recordSample(ring, sample, time);
      unwritten = true;
      minuteWritten ??= minute;
      if (minute === minuteWritten) return success(undefined);
      minuteWritten = minute;
      return writeOnce();
    },
    view: async (spanMs) => {
      const time = now().getTime();
      const from = time - spanMs;
      const journal = await readJournal(logs, { since: new Date(from) });
      const entries = journal.ok ? journal.value.entries : [];
      const view = historyView({ ring, entries, from, now: time });
      if (journal.ok) return view;
      const text = `The journal could not be read. ${fileErrorWords(journal.error)}.`;
      return { ...view, events: [{ at: new Date(time).toISOString(), kind: 'app', text }] };
    },
    stop: async () => {
      await writing;
      return unwritten ? writeOnce() : success(undefined);
    },
  };
}
