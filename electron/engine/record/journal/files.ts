import type { FileHandle } from 'node:fs/promises';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../files/file-error.ts';
import { type Counted, countLines, countOnTopOf, NOTHING_COUNTED } from './lines.ts';

/** Rotated files beside the current one, `journal.1.jsonl` the youngest. */
export const KEPT_FILES = 5;

/** The current file (0) or a rotated one (1 is the youngest) in the log directory. */
export function journalPath(directory: string, index = 0): string {
  return join(directory, index === 0 ? 'journal.jsonl' : `journal.${index}.jsonl`);
}

/** A file of the journal that is open for reading. */
export interface OpenedFile {
  index: number;
  handle: FileHandle;
}

async function openForReading(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return null;
    throw thrown;
  }
}

/**
 * Opens the files from `first` on, youngest first, and each once. In this order a rotation in between can show a file twice,
 * which is noticed, but can hide none. Throws what the system reports; the caller closes.
 */
export async function openJournalFiles(directory: string, first = 0): Promise<OpenedFile[]> {
  const opened: OpenedFile[] = [];
  const seen = new Set<string>();
  try {
    for (let index = first; index <= KEPT_FILES; index++) {
      const handle = await openForReading(journalPath(directory, index));
      if (handle === null) continue;
      const { dev, ino } = await handle.stat();
      const identity = `${dev} ${ino}`;
      if (seen.has(identity)) await handle.close();
      else opened.push({ index, handle });
      seen.add(identity);
    }
    return opened;
  } catch (thrown) {
    await Promise.all(opened.map(({ handle }) => handle.close()));
    throw thrown;
  }
}

/** The counts of the files from `first` on, back to the youngest that includes the counts of all before it. */
export async function countFiles(directory: string, first = 0): Promise<Counted> {
  const opened = await openJournalFiles(directory, first);
  let counted = NOTHING_COUNTED;
  try {
    for (const { handle } of opened) {
      if (counted.complete) break;
      counted = countOnTopOf(countLines(NOTHING_COUNTED, await handle.readFile('utf8')), counted);
    }
    return counted;
  } finally {
    await Promise.all(opened.map(({ handle }) => handle.close()));
  }
}

/**
 * Renames every file to the next number, the current one to `journal.1.jsonl`; the oldest is dropped when all numbers are taken. A gap
 * left by a crash is filled instead of dropping the oldest. Call it under the journal's lock.
 */
export async function shiftFiles(directory: string): Promise<void> {
  let free = 1;
  while (free < KEPT_FILES && (await exists(journalPath(directory, free)))) free++;
  for (let index = free; index >= 1; index--) {
    await rename(journalPath(directory, index - 1), journalPath(directory, index));
  }
}

async function exists(path: string): Promise<boolean> {
  const handle = await openForReading(path);
  await handle?.close();
  return handle !== null;
}
