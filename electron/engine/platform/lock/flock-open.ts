import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { failure, type Result, success } from '../../../../shared/result.ts';

/** Why a lock file could not be opened or locked. `unavailable`: nothing on this machine can call flock(2). */
export interface FlockError {
  code: 'symlink' | 'not-a-file' | 'no-folder' | 'not-permitted' | 'unavailable' | 'failed' | 'timeout' | 'aborted';
  /** The system's message; empty where the code says everything. */
  detail: string;
}

/** Every user's bots open this file for writing, so it is created writable for everybody, whatever our umask is. */
const MODE_FOR_EVERYBODY = 0o666;
/** O_NONBLOCK: a FIFO created between check and open must not hang us. */
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
const CREATE_FLAGS = READ_FLAGS | constants.O_CREAT | constants.O_EXCL;
/** How often opening is retried when a file appears and vanishes between two calls. */
const OPEN_ATTEMPTS = 10;

/**
 * Opens the lock file at an absolute path as the bots' lock requires: only a regular file and never through a symbolic
 * link, read-only (which is enough to hold a flock), created with mode 0666 only when missing, never truncated, never
 * removed.
 */
export async function openLockFile(path: string): Promise<Result<FileHandle, FlockError>> {
  for (let attempt = 0; attempt < OPEN_ATTEMPTS; attempt++) {
    const opened = (await openExisting(path)) ?? (await create(path));
    if (opened !== null) return opened;
  }
  return failure({ code: 'failed', detail: 'it appears and vanishes all the time' });
}

/** Is the file at `path` still the one that `handle` has open? False when it was replaced or removed. */
export async function stillAt(path: string, handle: FileHandle): Promise<boolean> {
  try {
    const [ours, theirs] = await Promise.all([handle.stat({ bigint: true }), lstat(path, { bigint: true })]);
    return ours.dev === theirs.dev && ours.ino === theirs.ino;
  } catch {
    return false;
  }
}

async function openExisting(path: string): Promise<Result<FileHandle, FlockError> | null> {
  let handle: FileHandle;
  try {
    // Checked first because merely opening a device or a FIFO can have effects.
    const unfit = unfitness(await lstat(path));
    if (unfit !== null) return failure(unfit);
    handle = await open(path, READ_FLAGS);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? null : failure(openError(error as NodeJS.ErrnoException));
  }
  const unfit = unfitness(await handle.stat());
  if (unfit === null) return success(handle);
  await handle.close();
  return failure(unfit);
}

async function create(path: string): Promise<Result<FileHandle, FlockError> | null> {
  try {
    const handle = await open(path, CREATE_FLAGS, MODE_FOR_EVERYBODY);
    // A file system without modes refuses this and does not need it.
    await handle.chmod(MODE_FOR_EVERYBODY).catch(() => undefined);
    return success(handle);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return null;
    if (code === 'ENOENT') return failure({ code: 'no-folder', detail: '' });
    return failure(openError(error as NodeJS.ErrnoException));
  }
}

function unfitness(stats: Stats): FlockError | null {
  if (stats.isFile()) return null;
  return { code: stats.isSymbolicLink() ? 'symlink' : 'not-a-file', detail: '' };
}

function openError(error: NodeJS.ErrnoException): FlockError {
  switch (error.code) {
    case 'ELOOP':
      return { code: 'symlink', detail: '' };
    case 'ENOTDIR':
      return { code: 'no-folder', detail: '' };
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return { code: 'not-permitted', detail: error.code };
    default:
      return { code: 'failed', detail: error.code ?? error.message };
  }
}
