import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import type { LockSighting } from '../../lock/sighting.ts';
import type { LibprocCalls } from './calls.ts';
import { FLOCK } from './layout.ts';

/** Types of locks in bsd/sys/fcntl.h. */
const F_RDLCK = 1;
const F_UNLCK = 2;
const F_WRLCK = 3;

/**
 * Whether somebody holds a lock on the file, by fcntl(F_GETLK): the kernel looks through flock(2) locks too and takes none itself. It
 * does not name the holder of a flock, because descriptors are inherited. A file that is not there is free.
 */
export function isLocked(calls: LibprocCalls, path: string): LockSighting['kind'] {
  let fd: number;
  try {
    // Without O_NONBLOCK a FIFO in its place would block the open.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'free' : 'unknown';
  }
  try {
    return fstatSync(fd).isFile() ? askKernel(calls, fd) : 'unknown';
  } finally {
    closeSync(fd);
  }
}

/** Would a lock on the whole file be granted to a process that holds none? */
function askKernel(calls: LibprocCalls, fd: number): LockSighting['kind'] {
  const flock = Buffer.alloc(FLOCK.size);
  flock.writeInt16LE(F_WRLCK, FLOCK.l_type);
  if (calls.getLock(fd, flock) !== 0) return 'unknown';
  const type = flock.readInt16LE(FLOCK.l_type);
  if (type === F_UNLCK) return 'free';
  return type === F_RDLCK || type === F_WRLCK ? 'held' : 'unknown';
}
