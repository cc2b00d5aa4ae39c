import { readdirSync, readlinkSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import type { LockLook } from './lock-observer.ts';

/** What some processes have open that concerns a handshake. */
export interface OpenFiles {
  /** The inodes of all their sockets; `null` where they cannot be read (macOS, or another user's process). */
  sockets: ReadonlySet<number> | null;
  /** Does one of them have this file open? `null` when that cannot be told. */
  hasFile: boolean | null;
}

/** Reads the processes' descriptors: their sockets, and whether one of them has the file at `path` open. */
export type LookIntoFiles = (pids: readonly number[], path: string) => Promise<OpenFiles>;

/** This system's way: the links in /proc/PID/fd, or lsof's list of processes that have the file open. */
export function createLookIntoFiles(system: 'linux' | 'darwin', lockLook: LockLook): LookIntoFiles {
  return system === 'linux' ? lookLinux : (pids, path) => lookDarwin(lockLook, pids, path);
}

const lookLinux: LookIntoFiles = async (pids, path) => {
  const real = await realpath(path).catch(() => path);
  const sockets = new Set<number>();
  let hasFile = false;
  let hidden = false;
  for (const pid of pids) {
    try {
      for (const link of descriptorsOf(pid)) {
        const inode = /^socket:\[(\d+)\]$/.exec(link)?.[1];
        if (inode !== undefined) sockets.add(Number(inode));
        else if (link === real) hasFile = true;
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // A process that has ended holds nothing.
      if (code !== 'ENOENT' && code !== 'ESRCH') hidden = true;
    }
  }
  return { sockets: hidden ? null : sockets, hasFile: hasFile || !hidden ? hasFile : null };
};

function descriptorsOf(pid: number): string[] {
  const directory = `/proc/${pid}/fd`;
  return readdirSync(directory).flatMap((fd) => {
    try {
      return [readlinkSync(`${directory}/${fd}`)];
    } catch {
      // Closed since the directory was read.
      return [];
    }
  });
}

async function lookDarwin(lockLook: LockLook, pids: readonly number[], path: string): Promise<OpenFiles> {
  const { kind, holders, waiters } = await lockLook(path);
  if (kind === 'unknown') return { sockets: null, hasFile: null };
  const open = new Set([...holders, ...waiters]);
  return { sockets: null, hasFile: pids.some((pid) => open.has(pid)) };
}
