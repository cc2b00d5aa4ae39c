import { mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import { failure, type Result, success } from '../../../../shared/result.ts';
import { type FileError, fileError, systemCode } from './file-error.ts';

const PRIVATE_FILE = 0o600;
const PUBLIC_FILE = 0o644;
const PRIVATE_DIRECTORY = 0o700;

/** Temporary files older than this belong to a process that was killed while it wrote. */
const LEFTOVER_MS = 60_000;

let written = 0;

/** Makes a directory and its parents, readable by the user alone, unless it exists. */
export async function ensureDirectory(path: string): Promise<Result<void, FileError>> {
  try {
    await mkdir(path, { recursive: true, mode: PRIVATE_DIRECTORY });
    return success(undefined);
  } catch (thrown) {
    return failure(fileError(path, thrown));
  }
}

/** Flushes a directory, so that a file's new name survives a power cut. Best effort: not every file system offers it. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r').catch(() => null);
  if (handle === null) return;
  await handle.sync().catch(() => undefined);
  await handle.close();
}

/**
 * Replaces a file as a whole: readers see the old text or the new one. Writes beside the target and renames; a symbolic link stays
 * and its target is replaced; an existing file keeps its permissions. The old file is untouched on failure. `durable` also
 * survives a power cut (fsync).
 */
async function replaceWhole(
  path: string,
  text: string,
  { mode, durable }: { mode: number; durable: boolean },
): Promise<Result<void, FileError>> {
  let temporary = '';
  try {
    const target = await realpath(path).catch(() => path);
    temporary = `${target}.tmp-${process.pid}-${++written}`;
    const kept = await stat(target).catch(() => null);
    const handle = await open(temporary, 'wx', kept ? kept.mode & 0o777 : mode);
    try {
      await handle.writeFile(text);
      if (durable) await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
    if (durable) await syncDirectory(dirname(target));
    return success(undefined);
  } catch (thrown) {
    if (temporary !== '') await rm(temporary, { force: true }).catch(() => undefined);
    return failure(fileError(path, thrown));
  }
}

/** Replaces one of Sexton's own files, durably and for the user alone, and makes its directory when that is missing. */
export async function replaceFile(path: string, text: string): Promise<Result<void, FileError>> {
  const made = await ensureDirectory(dirname(path));
  return made.ok ? replaceWhole(path, text, { mode: PRIVATE_FILE, durable: true }) : made;
}

/** Replaces a file that other users' programs read, in a directory that must exist; after a power cut it may be the old one. */
export function replacePublicFile(path: string, text: string): Promise<Result<void, FileError>> {
  return replaceWhole(path, text, { mode: PUBLIC_FILE, durable: false });
}

/** Removes the temporary files that killed writers of this file left beside it. */
export async function sweepLeftovers(path: string, now = Date.now()): Promise<void> {
  const prefix = `${basename(path)}.tmp-`;
  const names = await readdir(dirname(path)).catch(() => []);
  for (const name of names.filter((name) => name.startsWith(prefix))) {
    const leftover = join(dirname(path), name);
    const found = await stat(leftover).catch(() => null);
    if (found !== null && now - found.mtimeMs > LEFTOVER_MS) await rm(leftover, { force: true }).catch(() => undefined);
  }
}

/**
 * Renames a broken file to `NAME.broken-TIME`, so that nothing of it is lost. Returns its new path; `null` when another
 * process has renamed it already.
 */
export async function moveAside(path: string, now: Date): Promise<Result<string | null, FileError>> {
  const stamp = now.toISOString().replaceAll(':', '-');
  const aside = `${path}.broken-${stamp}`;
  try {
    await rename(path, aside);
    return success(aside);
  } catch (thrown) {
    return systemCode(thrown) === 'ENOENT' ? success(null) : failure(fileError(path, thrown));
  }
}
