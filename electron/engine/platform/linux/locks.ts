import { open, readdir, readFile, readlink, realpath } from 'node:fs/promises';
import type { FileId, LockSighting } from '../lock/sighting.ts';

/** One line of /proc/locks, or of an fdinfo's `lock:`. */
interface LockRow {
  waits: boolean;
  pid: number;
  /** `major:minor` of the file system in hexadecimal, as the kernel prints it. */
  device: string;
  inode: string;
}

/** A waiter queued behind another waiter is indented one more blank. */
const FLOCK_ROW = /^(?:lock:\s+)?\d+: +(-> )?FLOCK +ADVISORY +(?:READ|WRITE) +(-?\d+) ([0-9a-f]+:[0-9a-f]+):(\d+) /;
/**
 * The kernel's fixed number for the first pid namespace (PROC_PID_INIT_INO); in other namespaces /proc/locks omits
 * processes it cannot name.
 */
const FIRST_PID_NAMESPACE = 'pid:[4026531836]';
/** How many processes are read at once. */
const SCAN_WIDTH = 16;

/**
 * Reads the lock from /proc/locks. A holder counts only when its descriptor has the lock: the kernel keeps the pid of
 * the process that called flock, which may have ended (a fork, a helper) and been reused. `null` when /proc cannot be
 * read.
 */
export async function lookLinux(path: string, file: FileId): Promise<LockSighting | null> {
  const text = await readFile('/proc/locks', 'utf8').catch(() => null);
  if (text === null) return null;
  const rows = await rowsOf(parseLocks(text), path, file);
  const named = rows.filter(({ waits }) => !waits).map(({ pid }) => pid);
  const waiters = rows.filter(({ waits, pid }) => waits && pid > 0).map(({ pid }) => pid);
  if (named.length === 0) {
    if ((await readlink('/proc/self/ns/pid').catch(() => '')) === FIRST_PID_NAMESPACE) {
      return { kind: 'free', holders: [], waiters };
    }
    const holders = await findHolders(path, file);
    // Held, but the kernel cannot name the process that took it: it has ended, or is outside this namespace.
    return holders.length > 0
      ? { kind: 'held', holders, waiters, inherited: true }
      : { kind: 'free', holders, waiters };
  }
  const proofs = await Promise.all(named.map(async (pid) => ({ pid, holds: await holdsLock(pid, path, file) })));
  const proven = proofs.filter(({ holds }) => holds === 'yes').map(({ pid }) => pid);
  if (proven.length > 0) return { kind: 'held', holders: proven, waiters };
  const hidden = proofs.filter(({ holds }) => holds === 'hidden').map(({ pid }) => pid);
  if (hidden.length > 0) return { kind: 'held', holders: hidden, waiters };
  const holders = await findHolders(path, file);
  // Pid 0 is a process in another pid namespace, which may be the one that took it.
  const inherited = holders.length > 0 && !named.includes(0) ? { inherited: true as const } : {};
  return { kind: 'held', holders, waiters, ...inherited };
}

/** The flock(2) rows of /proc/locks; bots use no other kind of lock. */
export function parseLocks(text: string): LockRow[] {
  return text.split('\n').flatMap((line) => {
    const [, arrow, pid, device, inode] = FLOCK_ROW.exec(line) ?? [];
    if (pid === undefined || device === undefined || inode === undefined) return [];
    return [{ waits: arrow !== undefined, pid: Number(pid), device, inode }];
  });
}

/** stat's device is not always the file system's (btrfs, overlayfs): then the mount gives the device that the kernel prints. */
async function rowsOf(rows: readonly LockRow[], path: string, { dev, ino }: FileId): Promise<LockRow[]> {
  const sameInode = rows.filter(({ inode }) => inode === `${ino}`);
  const device = deviceWords(dev);
  const exact = sameInode.filter((row) => row.device === device);
  if (exact.length > 0 || sameInode.length === 0) return exact;
  const mounted = await mountDevice(path);
  return sameInode.filter((row) => row.device === mounted);
}

function deviceWords(dev: bigint): string {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & 0xfffff000n);
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xffffff00n);
  return hexPair(major, minor);
}

function hexPair(major: bigint, minor: bigint): string {
  return `${major.toString(16).padStart(2, '0')}:${minor.toString(16).padStart(2, '0')}`;
}

/** The device of the mount that the file is on, from our own descriptor's `mnt_id`; opening takes no lock. */
async function mountDevice(path: string): Promise<string | null> {
  const handle = await open(path, 'r').catch(() => null);
  if (handle === null) return null;
  try {
    const info = await readFile(`/proc/self/fdinfo/${handle.fd}`, 'utf8');
    const mount = /^mnt_id:\s+(\d+)$/m.exec(info)?.[1];
    const mounts = await readFile('/proc/self/mountinfo', 'utf8');
    const row = mounts.split('\n').find((line) => line.startsWith(`${mount} `));
    const [major, minor] = (row?.split(' ')[2] ?? '').split(':');
    return major && minor ? hexPair(BigInt(major), BigInt(minor)) : null;
  } catch {
    return null;
  } finally {
    await handle.close();
  }
}

/** Every process of this user with a descriptor that has the lock. */
async function findHolders(path: string, file: FileId): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const holders: number[] = [];
  for (let at = 0; at < pids.length; at += SCAN_WIDTH) {
    const some = pids.slice(at, at + SCAN_WIDTH);
    const answers = await Promise.all(some.map((pid) => holdsLock(pid, path, file)));
    holders.push(...some.filter((_, index) => answers[index] === 'yes'));
  }
  return holders;
}

/**
 * Does one of the process's descriptors have the lock on this file? `hidden`: it is running, and its descriptors cannot
 * be read.
 */
async function holdsLock(pid: number, path: string, { ino }: FileId): Promise<'yes' | 'no' | 'hidden'> {
  const real = await realpath(path).catch(() => path);
  try {
    for (const fd of await readdir(`/proc/${pid}/fd`)) {
      if ((await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')) !== real) continue;
      const info = await readFile(`/proc/${pid}/fdinfo/${fd}`, 'utf8').catch(() => '');
      if (parseLocks(info.replace(/\t/g, ' ')).some(({ inode }) => inode === `${ino}`)) return 'yes';
    }
    return 'no';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EACCES' || code === 'EPERM' ? 'hidden' : 'no';
  }
}
