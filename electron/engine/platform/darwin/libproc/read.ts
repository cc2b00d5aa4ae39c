import type { Answer, LibprocCalls } from './calls.ts';
import { ENOMEM, EPERM, ESRCH } from './calls.ts';
import { BSD_INFO, SHORT_INFO, UNIQUE_INFO } from './layout.ts';
import type { BsdInfo, KernelInfo, ShortInfo, UniqueInfo } from './process-structs.ts';
import { decodeBsdInfo, decodeKernelInfos, decodePids, decodeShortInfo, decodeUniqueInfo } from './process-structs.ts';

/** Flavors of proc_pidinfo (proc_info.h, proc_info_private.h). */
const PROC_PIDTBSDINFO = 3;
const PROC_PIDT_SHORTBSDINFO = 13;
const PROC_PIDUNIQIDENTIFIERINFO = 17;
export const PROC_PIDLISTFDS = 1;

/** The argument that makes these flavors answer for corpses too (proc_pidinfo in bsd/kern/proc_info.c). */
const CORPSES_TOO = 1;

/** sysctl names of bsd/sys/sysctl.h. */
const CTL_KERN = 1;
const KERN_PROC = 14;
const KERN_PROC_ALL = 0;
const KERN_PROC_PID = 1;
const KERN_ARGMAX = 8;
const KERN_PROCARGS2 = 49;

/** PROC_PIDPATHINFO_MAXSIZE: a larger buffer is refused. */
const MAX_PATH = 4096;

/** A list that still does not fit in so much is not believed. */
const MAX_LIST_BYTES = 16 * 1024 * 1024;

/**
 * What became of one look. `hidden`: this user may not see it. `gone`: there is no such thing any more. `odd`: an answer that does not
 * have the size or the contents it must have, so that no answer of libproc may be used.
 */
export type Look<Value> =
  | { kind: 'seen'; value: Value }
  | { kind: 'hidden' }
  | { kind: 'gone' }
  | { kind: 'odd'; detail: string };

const GONE = { kind: 'gone' } as const;
const HIDDEN = { kind: 'hidden' } as const;

/** An answer that must not be used. */
export function odd(detail: string): { kind: 'odd'; detail: string } {
  return { kind: 'odd', detail };
}

/** What a failed call means. */
export function failed(call: string, { errno }: Answer): Look<never> {
  if (errno === ESRCH) return GONE;
  if (errno === EPERM) return HIDDEN;
  return odd(`${call} failed with errno ${errno}`);
}

/** Every pid there is, corpses included. */
export function readPids(calls: LibprocCalls): Look<number[]> {
  const list = readList('proc_listpids', (buffer) => calls.listPids(buffer));
  return list.kind === 'seen' ? decoded('proc_listpids', decodePids(list.value)) : list;
}

/** Anybody's process, corpses included. */
export function readShortInfo(calls: LibprocCalls, pid: number): Look<ShortInfo> {
  return readInfo(calls, 'PROC_PIDT_SHORTBSDINFO', PROC_PIDT_SHORTBSDINFO, pid, SHORT_INFO.size, decodeShortInfo);
}

/** One's own process, corpses included. */
export function readBsdInfo(calls: LibprocCalls, pid: number): Look<BsdInfo> {
  return readInfo(calls, 'PROC_PIDTBSDINFO', PROC_PIDTBSDINFO, pid, BSD_INFO.size, decodeBsdInfo);
}

/** Anybody's process, corpses included. */
export function readUniqueInfo(calls: LibprocCalls, pid: number): Look<UniqueInfo> {
  const name = 'PROC_PIDUNIQIDENTIFIERINFO';
  return readInfo(calls, name, PROC_PIDUNIQIDENTIFIERINFO, pid, UNIQUE_INFO.size, decodeUniqueInfo);
}

/** What the kernel's process table tells: everybody's processes, or one of them. */
export function readKernelInfos(calls: LibprocCalls, pid?: number): Look<Map<number, KernelInfo>> {
  const name = [CTL_KERN, KERN_PROC, ...(pid === undefined ? [KERN_PROC_ALL, 0] : [KERN_PROC_PID, pid])];
  const list = readList('sysctl(KERN_PROC)', (buffer) => calls.sysctl(name, buffer));
  return list.kind === 'seen' ? decoded('sysctl(KERN_PROC)', decodeKernelInfos(list.value)) : list;
}

/** The resolved path of the program; `null` when it is not to be had: a corpse, or a program whose file was deleted. */
export function readPath(calls: LibprocCalls, pid: number): Look<string | null> {
  const buffer = Buffer.alloc(MAX_PATH);
  const { bytes } = calls.pidPath(pid, buffer);
  if (bytes === 0) return { kind: 'seen', value: null };
  if (bytes >= MAX_PATH || buffer[bytes] !== 0 || buffer[0] !== 0x2f || buffer.indexOf(0) !== bytes) {
    return odd('proc_pidpath gave something else than a path');
  }
  return { kind: 'seen', value: buffer.toString('utf8', 0, bytes) };
}

/**
 * The answer of sysctl(KERN_PROCARGS2); `null` when it is not to be had: the kernel answers EINVAL for another user's process, a
 * corpse and one that is not there alike. The bytes are valid until the next call.
 */
export type ReadArguments = (pid: number) => Look<Buffer | null>;

/** Keeps one buffer of the largest size that arguments can have, because too small a one is filled with the end of them. */
export function createArgumentsReader(calls: LibprocCalls): ReadArguments {
  let buffer: Buffer | null = null;
  return (pid) => {
    buffer ??= largestArguments(calls);
    if (buffer === null) return odd('sysctl(KERN_ARGMAX) gave no size');
    const { bytes, errno } = calls.sysctl([CTL_KERN, KERN_PROCARGS2, pid], buffer);
    if (bytes === 0) return errno === 0 ? odd('sysctl(KERN_PROCARGS2) gave nothing') : NO_ARGUMENTS;
    if (bytes >= buffer.length) return odd('sysctl(KERN_PROCARGS2) filled its whole buffer');
    return { kind: 'seen', value: buffer.subarray(0, bytes) };
  };
}

const NO_ARGUMENTS: Look<null> = { kind: 'seen', value: null };

/** ARG_MAX is 1 MiB on macOS (bsd/sys/syslimits.h), and larger buffers are refused. */
function largestArguments(calls: LibprocCalls): Buffer | null {
  const size = Buffer.alloc(4);
  const { bytes } = calls.sysctl([CTL_KERN, KERN_ARGMAX], size);
  const max = size.readInt32LE();
  return bytes === 4 && max >= 4096 && max <= MAX_LIST_BYTES ? Buffer.alloc(max) : null;
}

function readInfo<Info extends object>(
  calls: LibprocCalls,
  name: string,
  flavor: number,
  pid: number,
  size: number,
  decode: (data: Buffer) => Info | null,
): Look<Info> {
  // Room for more than is expected: a struct that has grown in a new macOS must not look like the one we know.
  const buffer = Buffer.alloc(size + 64);
  const answer = calls.pidInfo(pid, flavor, CORPSES_TOO, buffer);
  if (answer.bytes === 0) return failed(name, answer);
  if (answer.bytes !== size) return odd(`${name} gave ${answer.bytes} bytes and not ${size}`);
  const info = decode(buffer.subarray(0, size));
  if (info !== null && 'pid' in info && info.pid !== pid) return odd(`${name} answered for another process`);
  return decoded(name, info);
}

function decoded<Value>(name: string, value: Value | null): Look<Value> {
  return value === null ? odd(`${name} gave contents that cannot be`) : { kind: 'seen', value };
}

/**
 * A list of unknown length: asks how many bytes it takes and reads it with room to spare. One that fills its buffer may have been
 * cut without a word, so it is read again into a larger one.
 */
export function readList(name: string, call: (buffer: Buffer | null) => Answer): Look<Buffer> {
  const asked = call(null);
  if (asked.bytes === 0 && asked.errno !== 0) return failed(name, asked);
  for (let size = asked.bytes + SPARE_BYTES; size <= MAX_LIST_BYTES; size *= 2) {
    const buffer = Buffer.alloc(size);
    const answer = call(buffer);
    if (answer.bytes === 0 && answer.errno !== 0 && answer.errno !== ENOMEM) return failed(name, answer);
    // sysctl says ENOMEM when it did not fit.
    if (answer.errno !== ENOMEM && answer.bytes + SPARE_BYTES / 2 <= size) {
      return { kind: 'seen', value: buffer.subarray(0, answer.bytes) };
    }
  }
  return odd(`${name} fills every buffer`);
}

/** More than one entry of any list: kinfo_proc is the largest. */
const SPARE_BYTES = 2048;
