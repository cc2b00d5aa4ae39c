import type { FileHandle } from 'node:fs/promises';
import { parseLine } from './lines.ts';

const NEWLINE = 0x0a;
const CHUNK_BYTES = 65_536;

/** No line of the journal is this long: a file without a newline in so many bytes is not a journal. */
const MAX_LINE_BYTES = 1_048_576;

/** How much of a torn line is kept, in bytes. */
const MAX_FRAGMENT_CHARACTERS = 4_000;

/**
 * How a file ends. `whole`: with a newline, or it is empty. `unterminated`: with an entry that lacks only its newline. `torn`: with a piece of a
 * line that starts at `from`. `foreign`: this is not a journal.
 */
export type Tail =
  | { kind: 'whole' }
  | { kind: 'unterminated' }
  | { kind: 'torn'; from: number; fragment: string }
  | { kind: 'foreign' };

async function readRange(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const buffer = Buffer.alloc(to - from);
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, from);
  return buffer.subarray(0, bytesRead);
}

/** Checks how the file of `size` bytes ends; if it ends well, only one byte is read. */
export async function readTail(handle: FileHandle, size: number): Promise<Tail> {
  if (size === 0) return { kind: 'whole' };
  if ((await readRange(handle, size - 1, size))[0] === NEWLINE) return { kind: 'whole' };
  let from = size;
  let newline = -1;
  while (from > 0 && newline < 0) {
    if (size - from >= MAX_LINE_BYTES) return { kind: 'foreign' };
    const to = from;
    from = Math.max(0, to - CHUNK_BYTES);
    const found = (await readRange(handle, from, to)).lastIndexOf(NEWLINE);
    if (found >= 0) newline = from + found;
  }
  const text = (await readRange(handle, newline + 1, size)).toString('utf8');
  if (parseLine(text) !== null) return { kind: 'unterminated' };
  // A power cut can leave zeros where the data never arrived.
  const fragment = text.replaceAll('\0', '').slice(0, MAX_FRAGMENT_CHARACTERS);
  return { kind: 'torn', from: newline + 1, fragment };
}
