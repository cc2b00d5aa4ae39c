import { open } from 'node:fs/promises';
import { failure, type Result, success } from '../../../../shared/result.ts';
import { type FileError, fileError, systemCode } from '../files/file-error.ts';
import type { Counters, JournalRecord } from './counters.ts';
import { countFiles, journalPath, openJournalFiles } from './files.ts';
import { type Counted, countLines, countOnTopOf, NOTHING_COUNTED, parseLine } from './lines.ts';

/** Entries of the journal, oldest first, and how many lines were not entries. */
export interface JournalReading {
  entries: JournalRecord[];
  unreadable: number;
}

/** A file that was last written this long before the wanted time is not read; the margin allows for a clock that was set back. */
const CLOCK_MARGIN_MS = 3_600_000;

/**
 * Reads the journal over all its files, from `since` on (inclusive). Takes no lock: a line that is still being written is left out,
 * and lines that are not entries are counted and skipped.
 */
export async function readJournal(
  directory: string,
  { since = new Date(0) }: { since?: Date } = {},
): Promise<Result<JournalReading, FileError>> {
  const from = since.getTime();
  try {
    const reading: JournalReading = { entries: [], unreadable: 0 };
    const opened = await openJournalFiles(directory);
    try {
      for (const { handle } of opened.reverse()) {
        if ((await handle.stat()).mtimeMs < from - CLOCK_MARGIN_MS) continue;
        const lines = (await handle.readFile('utf8')).split('\n');
        // After the last newline comes an unfinished line, or nothing.
        lines.pop();
        for (const line of lines) {
          const entry = parseLine(line);
          if (entry === null) reading.unreadable++;
          else if (Date.parse(entry.at) >= from) reading.entries.push(entry);
        }
      }
      return success(reading);
    } finally {
      await Promise.all(opened.map(({ handle }) => handle.close()));
    }
  } catch (thrown) {
    return failure(fileError(journalPath(directory), thrown));
  }
}

/** Reads what the journal counts, and only what was added since the last time. */
export interface CountersReader {
  read(): Promise<Result<Counters, FileError>>;
}

/** Opens the counts of the journal in a directory; every process that writes there is counted. */
export function openCounters(directory: string): CountersReader {
  const path = journalPath(directory);
  let seen: { file: string; offset: number; counted: Counted } | null = null;

  const readFrom = async (): Promise<Counted> => {
    const handle = await open(path, 'r');
    try {
      const { dev, ino, size } = await handle.stat();
      const file = `${dev} ${ino}`;
      const known = seen !== null && seen.file === file && seen.offset <= size ? seen : null;
      const offset = known?.offset ?? 0;
      const buffer = Buffer.alloc(size - offset);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
      const whole = buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
      const counted = countLines(known?.counted ?? NOTHING_COUNTED, buffer.toString('utf8', 0, whole));
      const total = counted.complete ? counted : countOnTopOf(await countFiles(directory, 1), counted);
      seen = { file, offset: offset + whole, counted: { ...total, complete: true } };
      return total;
    } finally {
      await handle.close();
    }
  };

  return {
    read: async () => {
      try {
        return success((await readFrom()).counters);
      } catch (thrown) {
        if (systemCode(thrown) !== 'ENOENT') return failure(fileError(path, thrown));
      }
      try {
        return success((await countFiles(directory)).counters);
      } catch (thrown) {
        return failure(fileError(path, thrown));
      }
    },
  };
}
