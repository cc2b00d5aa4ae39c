import type { Result } from '../../../../../shared/result.ts';
import { failure, success } from '../../../../../shared/result.ts';
import type { Problem } from '../../../../../shared/snapshot.ts';

/** errno values of macOS (bsd/sys/errno.h). */
export const EPERM = 1;
export const ESRCH = 3;
export const EBADF = 9;
export const ENOMEM = 12;
export const EINVAL = 22;
export const ENOTSOCK = 38;

/** How many bytes a call wrote. With 0 bytes `errno` says why; 0 there means that the answer is an empty list. */
export interface Answer {
  bytes: number;
  errno: number;
}

/** The calls of macOS's C library that Sexton uses to look at processes and sockets, with buffers as they are. */
export interface LibprocCalls {
  /** proc_listpids(PROC_ALL_PIDS). Without a buffer: about how many bytes the list takes. */
  listPids(buffer: Buffer | null): Answer;
  /** proc_pidinfo. Without a buffer, for lists: how many bytes would be enough now. */
  pidInfo(pid: number, flavor: number, arg: number, buffer: Buffer | null): Answer;
  pidFdInfo(pid: number, fd: number, flavor: number, buffer: Buffer): Answer;
  /** proc_pidpath: the length of the path, which is resolved and absolute. */
  pidPath(pid: number, buffer: Buffer): Answer;
  /** sysctl(3), reading only. An answer of 0 bytes with errno 0 is an empty one. */
  sysctl(name: readonly number[], buffer: Buffer | null): Answer;
  /** fcntl(F_GETLK) with a struct flock to be filled; 0 or an errno. */
  getLock(fd: number, flock: Buffer): number;
  /** proc_signal_with_audittoken: 0 or an errno; `null` before macOS 14.2, which does not have it. */
  signalByToken: ((token: Buffer, signal: number) => number) | null;
}

/** As much of koffi as is needed. */
export interface Koffi {
  load(path: string | null): { func(definition: string): (...args: unknown[]) => unknown };
  errno(value?: number): number;
}

/** libproc is a part of this library; `/usr/lib/libproc.dylib` is another name of it. */
const LIBRARY = '/usr/lib/libSystem.B.dylib';

const PROC_ALL_PIDS = 1;
const F_GETLK = 7;

/** Loads the calls through koffi; a problem where koffi or the library cannot be loaded, or lacks one of them. */
export async function loadLibproc(
  importKoffi: () => Promise<Koffi> = async () => (await import('koffi')).default,
): Promise<Result<LibprocCalls, Problem>> {
  try {
    return success(bind(await importKoffi()));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const hint = `libproc cannot be used (${why}); lsof and ps are used in its place`;
    return failure({ code: 'tool-missing', tool: 'libproc', hint });
  }
}

function bind(koffi: Koffi): LibprocCalls {
  const library = koffi.load(LIBRARY);
  const listpids = library.func('int proc_listpids(uint32_t type, uint32_t typeinfo, void *buffer, int size)');
  const pidinfo = library.func('int proc_pidinfo(int pid, int flavor, uint64_t arg, void *buffer, int size)');
  const pidfdinfo = library.func('int proc_pidfdinfo(int pid, int fd, int flavor, void *buffer, int size)');
  const pidpath = library.func('int proc_pidpath(int pid, void *buffer, uint32_t size)');
  const sysctl = library.func(
    'int sysctl(void *name, uint32_t count, void *old, void *oldSize, void *fresh, size_t freshSize)',
  );
  // Variadic: on Apple Silicon such arguments travel on the stack.
  const fcntl = library.func('int fcntl(int fd, int command, ...)');

  /** A call that returns bytes: errno is only meaningful after a failure, and an empty list is none, so it is cleared before. */
  const counting = (call: () => unknown): Answer => {
    koffi.errno(0);
    const bytes = Number(call());
    return bytes > 0 ? { bytes, errno: 0 } : { bytes: 0, errno: koffi.errno() };
  };

  return {
    listPids: (buffer) => counting(() => listpids(PROC_ALL_PIDS, 0, buffer, buffer?.length ?? 0)),
    pidInfo: (pid, flavor, arg, buffer) => counting(() => pidinfo(pid, flavor, arg, buffer, buffer?.length ?? 0)),
    pidFdInfo: (pid, fd, flavor, buffer) => counting(() => pidfdinfo(pid, fd, flavor, buffer, buffer.length)),
    pidPath: (pid, buffer) => counting(() => pidpath(pid, buffer, buffer.length)),
    sysctl: (name, buffer) => {
      const numbers = Buffer.from(Int32Array.from(name).buffer);
      const size = Buffer.alloc(8);
      size.writeBigUInt64LE(BigInt(buffer?.length ?? 0));
      koffi.errno(0);
      const result = Number(sysctl(numbers, name.length, buffer, size, null, 0));
      return result === 0 ? { bytes: Number(size.readBigUInt64LE()), errno: 0 } : { bytes: 0, errno: koffi.errno() };
    },
    getLock: (fd, flock) => {
      koffi.errno(0);
      return Number(fcntl(fd, F_GETLK, 'void *', flock)) === 0 ? 0 : koffi.errno();
    },
    signalByToken: bindSignal(library),
  };
}

function bindSignal(library: ReturnType<Koffi['load']>): LibprocCalls['signalByToken'] {
  try {
    const call = library.func('int proc_signal_with_audittoken(void *token, int signal)');
    return (token, signal) => Number(call(token, signal));
  } catch {
    return null;
  }
}
