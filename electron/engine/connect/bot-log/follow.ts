import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';

/** `missing`: the file does not exist yet. `unreadable`: it cannot be read or is not a regular file. */
export type FollowStatus = 'reading' | 'missing' | 'unreadable';

/** A new log is read from at most this far before its end: enough to find the latest lines about the breaker. */
const FIRST_READ_BYTES = 1_048_576;
const CHUNK_BYTES = 65_536;
/** A longer line is skipped and its memory freed. */
const LINE_MAX_BYTES = 65_536;
/** The bytes before the read position reveal a file that was truncated and has grown past that position again. */
const FINGERPRINT_BYTES = 64;
const NEWLINE = 0x0a;

/**
 * Follows a growing text file through rotation, truncation, partial lines and junk. Costs one stat while nothing
 * changes. The file stays open so that what was written before a rotation is read to its end.
 */
export class LogFollower {
  readonly #path: string;
  readonly #onLine: (line: string) => void;
  #handle: FileHandle | null = null;
  #identity = '';
  #offset = 0;
  #fingerprint: Buffer = Buffer.alloc(0);
  #mtimeMs = -1;
  #partial: Buffer[] = [];
  #partialBytes = 0;
  #passingOver = false;

  constructor(path: string, onLine: (line: string) => void) {
    this.#path = path;
    this.#onLine = onLine;
  }

  /** Reads what was added since the last call. Calls must not overlap. */
  async poll(): Promise<FollowStatus> {
    let found: Stats;
    try {
      found = await stat(this.#path);
    } catch (error) {
      // In the middle of a rotation the path is empty and the old file may still be written to.
      await this.#drain();
      return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'missing' : 'unreadable';
    }
    if (!found.isFile()) return 'unreadable';
    const identity = `${found.dev}:${found.ino}`;
    if (this.#handle !== null && identity !== this.#identity) {
      await this.#drain();
      await this.close();
      return this.#open(identity, 0);
    }
    if (this.#handle === null) return this.#open(identity, Math.max(0, found.size - FIRST_READ_BYTES));
    if (found.size === this.#offset && found.mtimeMs === this.#mtimeMs) return 'reading';
    this.#mtimeMs = found.mtimeMs;
    if (found.size < this.#offset || !(await this.#sameBefore())) this.#rewind();
    await this.#drain();
    return 'reading';
  }

  async close(): Promise<void> {
    this.#endLine();
    await this.#handle?.close();
    this.#handle = null;
    this.#identity = '';
    this.#rewind();
  }

  async #open(identity: string, offset: number): Promise<FollowStatus> {
    try {
      this.#handle = await open(this.#path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'missing' : 'unreadable';
    }
    this.#identity = identity;
    this.#offset = offset;
    // The first bytes are the rest of a line whose start was not read.
    this.#passingOver = offset > 0;
    await this.#drain();
    return 'reading';
  }

  async #sameBefore(): Promise<boolean> {
    const { length } = this.#fingerprint;
    if (length === 0 || this.#handle === null) return true;
    const buffer = Buffer.alloc(length);
    try {
      const { bytesRead } = await this.#handle.read(buffer, 0, length, this.#offset - length);
      return bytesRead === length && buffer.equals(this.#fingerprint);
    } catch {
      return false;
    }
  }

  #rewind(): void {
    this.#offset = 0;
    this.#fingerprint = Buffer.alloc(0);
    this.#partial = [];
    this.#partialBytes = 0;
    this.#passingOver = false;
  }

  async #drain(): Promise<void> {
    const handle = this.#handle;
    if (handle === null) return;
    for (;;) {
      const chunk = Buffer.alloc(CHUNK_BYTES);
      const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, this.#offset).catch(() => ({ bytesRead: 0 }));
      if (bytesRead === 0) return;
      const fresh = chunk.subarray(0, bytesRead);
      this.#offset += bytesRead;
      this.#fingerprint = Buffer.from(Buffer.concat([this.#fingerprint, fresh]).subarray(-FINGERPRINT_BYTES));
      this.#split(fresh);
    }
  }

  #split(bytes: Buffer): void {
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      this.#add(bytes.subarray(start, end));
      this.#endLine();
      start = end + 1;
    }
    this.#add(bytes.subarray(start));
  }

  #add(bytes: Buffer): void {
    if (this.#passingOver || bytes.length === 0) return;
    this.#partialBytes += bytes.length;
    if (this.#partialBytes > LINE_MAX_BYTES) {
      this.#passingOver = true;
      this.#partial = [];
    } else {
      this.#partial.push(bytes);
    }
  }

  #endLine(): void {
    if (!this.#passingOver && this.#partialBytes > 0) {
      this.#onLine(Buffer.concat(this.#partial).toString('utf8').replace(/\r$/, ''));
    }
    this.#partial = [];
    this.#partialBytes = 0;
    this.#passingOver = false;
  }
}
