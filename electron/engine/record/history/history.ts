import type { HistoryRange, HistoryView } from '../../../../shared/history.ts';
import { type Result, success } from '../../../../shared/result.ts';
import type { Snapshot } from '../../../../shared/snapshot.ts';
import { type FileError, fileErrorWords } from '../files/file-error.ts';
import { type HeldFile, keptValue, openStateFile, type StatePlace } from '../files/state-file.ts';
import { readJournal } from '../journal/read.ts';
import { parseRing, renderRing } from './format.ts';
import { DAY_MS, EMPTY_RING, type HistoryRing, MINUTE_MS, mergeRings, recordSample, sampleOf } from './ring.ts';
import { historyView } from './view.ts';

/** How long each range of the panel is. */
export const RANGE_MS: Readonly<Record<HistoryRange, number>> = { '1h': DAY_MS / 24, '24h': DAY_MS, '7d': 7 * DAY_MS };

/**
 * What was seen over the last week. Several programs may feed one file: what each saw is merged under a lock. At most one write a minute,
 * when a new minute begins, so that a killed program loses no more than the current minute. Troubles with the file are reported.
 */
export interface History {
  /** Reads what earlier runs saw. */
  load(): Promise<void>;
  /** Adds a scan, and writes when a minute is over; call it after each scan, changed or not. */
  observe(snapshot: Pick<Snapshot, 'scan' | 'ports' | 'level'>): Promise<Result<void, FileError>>;
  /** The record of the last so many ms, with what the journal says about them. */
  view(spanMs: number): Promise<HistoryView>;
  /** Writes what is not written yet. */
  stop(): Promise<Result<void, FileError>>;
}

const LOCK_TIMEOUT_MS = 5_000;

/** Opens the history; `logs` is the journal's directory. */
export function openHistory(options: StatePlace & { logs: string; now?: () => Date; lockTimeoutMs?: number }): History {
  const { logs, now = () => new Date(), lockTimeoutMs = LOCK_TIMEOUT_MS, ...place } = options;
  const file = openStateFile<HistoryRing>({
    ...place,
    decode: parseRing,
    encode: renderRing,
    what: 'a history',
    // Where there can be no lock, the file is still replaced as a whole: only two programs at once would lose each other's scans.
    withoutLock: 'refuse-if-held',
    lockTimeoutMs,
    now,
  });
  let ring: HistoryRing = EMPTY_RING;
  let minuteWritten: number | null = null;
  let unwritten = false;
  let writing: Promise<Result<void, FileError>> | null = null;

  const mergeIn = (stored: HistoryRing | null): void => {
    if (stored !== null) ring = mergeRings(ring, stored, now().getTime());
  };

  const write = async (held: HeldFile<HistoryRing>): Promise<Result<void, FileError>> => {
    const read = await held.read();
    if (!read.ok) return read;
    mergeIn(keptValue(read.value));
    unwritten = false;
    const written = await held.write(ring);
    unwritten ||= !written.ok;
    return written;
  };

  const writeOnce = (): Promise<Result<void, FileError>> => {
    writing ??= file.exclusively(write).finally(() => {
      writing = null;
    });
    return writing;
  };

  return {
    load: async () => {
      const read = await file.read();
      if (read.ok) mergeIn(keptValue(read.value));
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
