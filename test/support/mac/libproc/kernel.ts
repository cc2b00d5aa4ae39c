import { fstatSync } from 'node:fs';
import {
  isLockedByAnybody,
  type LinuxProcess,
  listPids,
  readDescriptor,
  readDescriptors,
  readExecutable,
  readProcess,
  readStrings,
} from './linux.ts';
import { findSocket } from './linux-sockets.ts';
import { procargs } from './procargs.ts';
import { at, bsdInfo, fdInfo, kernelInfo, shortInfo, socketInfo, uniqueInfo } from './write-structs.ts';

/** Who asks, and of what Mac. */
export interface Mac {
  /** The effective user of the process that asks. */
  uid: number;
  /** Programs whose environment macOS hides. */
  restricted: (executable: string) => boolean;
  /** The directory of `tcp` and `tcp6`. */
  procNet: string;
}

/** What a call wrote, or the errno of macOS with which it failed. */
export type Outcome = Buffer | number;

const EPERM = 1;
const ENOENT = 2;
const ESRCH = 3;
const EBADF = 9;
const ENOMEM = 12;
const EINVAL = 22;
const ENOTSOCK = 38;
const EOVERFLOW = 84;

/** The kernel allows for so many processes more than there are. */
const SPARE_PROCESSES = 20;
/** And for so many descriptors, or rows of kinfo_proc. */
const SPARE_FDS = 20;
const SPARE_ROWS = 5;

const MAXPATHLEN = 1024;
const ARG_MAX = 1024 * 1024;

const KERNEL_TASK: LinuxProcess = {
  pid: 0,
  ppid: 0,
  uids: [0, 0, 0],
  name: 'kernel_task',
  zombie: false,
  stopped: false,
  sessionLeader: true,
  startTicks: 0,
  kernel: true,
};

/**
 * proc_info(2) and sysctl(3) as xnu answers them (bsd/kern/proc_info.c, kern_sysctl.c), for the processes and sockets of this Linux machine:
 * the same checks in the same order, lists that are cut silently, and errors by macOS's numbers. `size` is `null` without a buffer.
 */
export function createKernel(mac: Mac) {
  const foreign = (process: LinuxProcess) => mac.uid !== 0 && process.uids[0] !== mac.uid;
  const living = (pid: number) => {
    const process = pid === 0 ? KERNEL_TASK : readProcess(pid);
    return process === null || process.zombie ? null : process;
  };

  const listpids = (size: number | null): Outcome => {
    const processes = listPids()
      .map((pid) => readProcess(pid))
      .filter((process) => process !== null);
    const count = processes.length + 1 + SPARE_PROCESSES;
    if (size === null) return Buffer.alloc(4 * count);
    if (size < 4) return ENOMEM;
    // The newest first, the kernel's own last, and the dead behind it.
    const dead = processes.filter(({ zombie }) => zombie);
    const alive = processes.filter(({ zombie }) => !zombie).reverse();
    const pids = [...alive, KERNEL_TASK, ...dead].map(({ pid }) => pid);
    return Buffer.from(Int32Array.from(pids.slice(0, Math.floor(size / 4))).buffer);
  };

  const pidinfo = (pid: number, flavor: number, arg: number, size: number | null): Outcome => {
    const struct = { 1: 'FD_INFO', 3: 'BSD_INFO', 13: 'SHORT_INFO', 17: 'UNIQUE_INFO' }[flavor];
    if (struct === undefined) return EINVAL;
    if ((size ?? (flavor === 1 ? Number.POSITIVE_INFINITY : 0)) < at(struct, 'size')) return ENOMEM;
    const process = living(pid) ?? (flavor !== 1 && arg !== 0 ? readProcess(pid) : null);
    if (process === null) return ESRCH;
    if (flavor === 13) return shortInfo(process);
    if (flavor === 17) return uniqueInfo(uniqueIdOf(process), versionOf(process));
    if (foreign(process)) return EPERM;
    return flavor === 3 ? bsdInfo(process) : listFds(pid, size);
  };

  const pidfdinfo = (pid: number, fd: number, flavor: number, size: number): Outcome => {
    if (flavor !== 3) return EINVAL;
    if (size < at('SOCKET_INFO', 'size')) return ENOMEM;
    const process = living(pid);
    if (process === null) return ESRCH;
    if (foreign(process)) return EPERM;
    const target = readDescriptor(pid, fd);
    if (target === null) return EBADF;
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    return inode === undefined ? ENOTSOCK : socketInfo(Number(inode), findSocket(Number(inode), mac.procNet));
  };

  const pidpath = (pid: number, size: number): Outcome => {
    if (size < MAXPATHLEN) return ENOMEM;
    if (size > 4 * MAXPATHLEN) return EOVERFLOW;
    const process = living(pid);
    const path = process === null || process.kernel ? null : readExecutable(pid);
    if (path === null) return ESRCH;
    // A file that was deleted has no path any more.
    return path.endsWith(' (deleted)') ? ENOENT : Buffer.from(path);
  };

  const sysctl = (name: readonly number[], size: number | null): Outcome => {
    const [top, node, kind, pid = 0] = name;
    if (top !== 1) return ENOENT;
    if (node === 8) return Buffer.from(Int32Array.of(ARG_MAX).buffer);
    if (node === 14 && (kind === 0 || kind === 1)) return kernelTable(kind === 1 ? pid : null, size);
    if (node === 49) return argumentsOf(kind ?? 0, size);
    return ENOENT;
  };

  const argumentsOf = (pid: number, size: number | null): Outcome => {
    if (size !== null && (size - 4 <= 0 || size - 4 > ARG_MAX)) return EINVAL;
    const process = living(pid);
    const path = process === null || process.kernel ? null : readExecutable(pid)?.replace(/ \(deleted\)$/, '');
    // Another user's, an ended one and a missing one: the kernel does not distinguish them.
    if (process === null || path === null || path === undefined) return EINVAL;
    if (foreign(process)) return EINVAL;
    const args = readStrings(pid, 'cmdline');
    const hidden = mac.restricted(path);
    const data = procargs(hidden ? { path, args } : { path, args, environment: readStrings(pid, 'environ') });
    if (size === null || data.length <= size) return data;
    // Too small a buffer gets the end of the strings behind the count.
    return Buffer.concat([data.subarray(0, 4), data.subarray(data.length - (size - 4))]);
  };

  const signal = (pid: number, version: number, number: number): number => {
    const target = living(pid);
    if (target === null || versionOf(target) !== version) return ESRCH;
    if (foreign(target)) return EPERM;
    try {
      process.kill(pid, number);
      return 0;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EPERM' ? EPERM : ESRCH;
    }
  };

  /** Fills a struct flock as fcntl(F_GETLK) does. */
  const getlock = (fd: number, flock: Buffer): number => {
    const { dev, ino } = fstatSync(fd);
    const held = isLockedByAnybody(dev, ino);
    flock.writeInt16LE(held ? 3 : 2, at('FLOCK', 'l_type'));
    if (held) flock.writeInt32LE(-1, at('FLOCK', 'l_pid'));
    return 0;
  };

  return { listpids, pidinfo, pidfdinfo, pidpath, sysctl, signal, getlock };
}

export type Kernel = ReturnType<typeof createKernel>;

function listFds(pid: number, size: number | null): Outcome {
  const rows = [...readDescriptors(pid)].map(([fd, target]) => fdInfo(fd, target));
  const one = at('FD_INFO', 'size');
  if (size === null) return Buffer.alloc((rows.length + SPARE_FDS) * one);
  return Buffer.concat(rows.slice(0, Math.floor(size / one)));
}

/** Fails with ENOMEM when there are more rows than fit; what fits is written all the same, so the answer is not cut here. */
function kernelTable(pid: number | null, size: number | null): Outcome {
  const pids = pid === null ? [...listPids(), 0] : [pid];
  const rows = pids
    .map((one) => (one === 0 ? KERNEL_TASK : readProcess(one)))
    .filter((process) => process !== null)
    .map(kernelInfo);
  const one = at('KINFO', 'size');
  if (size === null) return Buffer.alloc((rows.length + SPARE_ROWS) * one);
  return rows.length * one > size ? ENOMEM : Buffer.concat(rows);
}

/** Never the same for two processes of one boot, and the same in every process that asks. */
function uniqueIdOf({ pid, startTicks }: LinuxProcess): bigint {
  return pid === 0 ? 0n : (BigInt(startTicks) << 22n) | BigInt(pid);
}

/** The last version of each process that was seen alive, by its unique id: a corpse keeps it, and has no program any more. */
const versions = new Map<bigint, number>();

/** Another number once the process became another program: as far as Linux tells, by the program's file. */
function versionOf(process: LinuxProcess): number {
  const id = uniqueIdOf(process);
  const known = versions.get(id);
  const executable = readExecutable(process.pid);
  // A process that is ending has lost its program before it is a corpse.
  if (known !== undefined && (process.zombie || executable === null)) return known;
  let hash = process.startTicks | 0;
  for (const byte of Buffer.from(`${process.pid} ${executable}`)) {
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  versions.set(id, hash);
  return hash;
}
