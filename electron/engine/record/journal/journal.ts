import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { failure, type Result, success } from '../../../../shared/result.ts';
import { ensureDirectory, moveAside, syncDirectory } from '../files/atomic-file.ts';
import { type FileError, fileError } from '../files/file-error.ts';
import type { Mutex } from '../files/mutex.ts';
import type { JournalEntry } from './entries.ts';
import { countFiles, journalPath, shiftFiles } from './files.ts';
import { lineOf } from './lines.ts';
import { readTail } from './tail.ts';

/** A file is rotated before it grows beyond this. */
export const ROTATE_BYTES = 5_000_000;

const LOCK_TIMEOUT_MS = 5_000;
/** Waiting lines are written together, up to about this many bytes. */
const BATCH_BYTES = 262_144;
const OPEN_FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT;

/** A line was lost. `locked`: the lock between the writers could not be had. */
export interface JournalError {
  code: FileError['code'] | 'locked';
  path: string;
  detail: string;
  /** The event of the line that was lost. */
  event: string;
}

/** The record of what was done: `journal.jsonl`, one JSON object a line, written by several processes. */
export interface Journal {
  /**
   * Adds a line; `durable` resolves only after it is on disk (fsync). A failure means that this line is lost; the next line
   * that can be written is preceded by one that says how many were.
   */
  append(entry: JournalEntry, options?: { durable?: boolean }): Promise<Result<void, JournalError>>;
  /** Resolves when all lines so far are written or lost. */
  flush(): Promise<void>;
}

interface Waiting {
  event: string;
  line: string;
  durable: boolean;
  settle: (result: Result<void, JournalError>) => void;
}

/** The file under the lock: its size, and what must be written first. */
interface CurrentFile {
  handle: FileHandle;
  size: number;
  first: string;
}

type WriteFailure = Omit<JournalError, 'event'>;

/** Writes everything or leaves the file as it was. */
async function writeWhole(handle: FileHandle, size: number, text: string): Promise<void> {
  try {
    await handle.appendFile(text);
  } catch (thrown) {
    // A full disk can take half a line; with the lock held, no other writer has appended to it.
    await handle.truncate(size).catch(() => undefined);
    throw thrown;
  }
}

/** Opens the journal in a directory for appending. `mutex` is the lock that all its writers share. */
export function openJournal(options: {
  directory: string;
  mutex: Mutex;
  now?: () => Date;
  rotateBytes?: number;
  lockTimeoutMs?: number;
}): Journal {
  const { directory, mutex, now = () => new Date() } = options;
  const { rotateBytes = ROTATE_BYTES, lockTimeoutMs = LOCK_TIMEOUT_MS } = options;
  const path = journalPath(directory);
  const waiting: Waiting[] = [];
  let lost: { lines: number; since: string; code: string } | null = null;
  let writing: Promise<void> | null = null;

  /** Opens the current file and repairs its last line; a file that is not a journal is moved aside. */
  const openWhole = async (): Promise<CurrentFile> => {
    const handle = await open(path, OPEN_FLAGS, 0o600);
    try {
      const { size } = await handle.stat();
      const tail = await readTail(handle, size);
      if (tail.kind === 'whole') return { handle, size, first: '' };
      if (tail.kind === 'unterminated') return { handle, size, first: '\n' };
      if (tail.kind === 'torn') {
        await handle.truncate(tail.from);
        const first = lineOf({ at: now().toISOString(), event: 'line_torn', fragment: tail.fragment });
        return { handle, size: tail.from, first };
      }
    } catch (thrown) {
      await handle.close();
      throw thrown;
    }
    await handle.close();
    const moved = await moveAside(path, now());
    if (!moved.ok) throw new Error(moved.error.detail);
    return { handle: await open(path, OPEN_FLAGS, 0o600), size: 0, first: '' };
  };

  /** Starts a new file whose first line has the counts of all before it, so that rotation loses no total. */
  const rotate = async (): Promise<CurrentFile> => {
    const { counters } = await countFiles(directory);
    await shiftFiles(directory);
    const handle = await open(path, OPEN_FLAGS, 0o600);
    return { handle, size: 0, first: lineOf({ at: now().toISOString(), event: 'totals_carried', counters }) };
  };

  /** Under the lock: repairs, rotates and writes; answers the open file, still to be flushed and closed, and whether it is new. */
  const write = async (lines: string): Promise<{ handle: FileHandle; created: boolean }> => {
    let file = await openWhole();
    try {
      const said = lost === null ? '' : lineOf({ at: now().toISOString(), event: 'lines_lost', ...lost });
      if (file.size > 0 && file.size + file.first.length + Buffer.byteLength(lines) > rotateBytes) {
        if (file.first !== '') await writeWhole(file.handle, file.size, file.first);
        await file.handle.close();
        // A file that cannot be moved keeps growing: that is better than losing a line.
        file = await rotate().catch(openWhole);
      }
      await writeWhole(file.handle, file.size, file.first + said + lines);
      lost = null;
      return { handle: file.handle, created: file.size === 0 };
    } catch (thrown) {
      await file.handle.close().catch(() => undefined);
      throw thrown;
    }
  };

  const writeBatch = async (lines: string, durable: boolean): Promise<Result<void, WriteFailure>> => {
    const made = await ensureDirectory(directory);
    if (!made.ok) return made;
    const lock = await mutex.acquire(lockTimeoutMs);
    if (!lock.ok) return failure((await writeTrouble()) ?? { code: 'locked', path, detail: lock.error.detail });
    let file: { handle: FileHandle; created: boolean };
    try {
      file = await write(lines);
    } catch (thrown) {
      return failure(fileError(path, thrown));
    } finally {
      await lock.value().catch(() => undefined);
    }
    try {
      if (durable) {
        await file.handle.sync();
        if (file.created) await syncDirectory(directory);
      }
      return success(undefined);
    } catch (thrown) {
      return failure(fileError(path, thrown));
    } finally {
      await file.handle.close().catch(() => undefined);
    }
  };

  /** When the lock cannot be had, the disk is often the reason: then report that. */
  const writeTrouble = async (): Promise<FileError | null> => {
    try {
      await (await open(path, OPEN_FLAGS, 0o600)).close();
      return null;
    } catch (thrown) {
      return fileError(path, thrown);
    }
  };

  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      let bytes = 0;
      let count = 0;
      for (const { line } of waiting) {
        bytes += Buffer.byteLength(line);
        if (count > 0 && bytes > BATCH_BYTES) break;
        count++;
      }
      const batch = waiting.splice(0, count);
      const text = batch.map(({ line }) => line).join('');
      const durable = batch.some((one) => one.durable);
      const written = await writeBatch(text, durable);
      if (!written.ok) {
        const since = lost?.since ?? now().toISOString();
        lost = { lines: (lost?.lines ?? 0) + batch.length, since, code: written.error.code };
      }
      for (const { event, settle } of batch) {
        settle(written.ok ? written : failure({ ...written.error, event }));
      }
    }
    writing = null;
  };

  return {
    append: (entry, { durable = false } = {}) =>
      new Promise((settle) => {
        waiting.push({ event: entry.event, line: lineOf(entry), durable, settle });
        writing ??= drain();
      }),
    flush: async () => {
      await writing;
    },
  };
}
