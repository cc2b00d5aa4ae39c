import { readdirSync, readlinkSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { lookDarwin as lookWithLsof } from '../darwin/locks.ts';
import type { RunTool } from '../run/command.ts';

/** What some processes have open, as far as it concerns a handshake. */
export interface OpenFiles {
  /** The inodes of all their sockets; `null` where that cannot be read (macOS, or another user's process). */
  sockets: ReadonlySet<number> | null;
  /** Has one of them this file open? `null` when that cannot be told. */
  hasFile: boolean | null;
}

/** Looks into the descriptors of processes: their sockets, and whether one of them has the file at `path` open. */
export type LookIntoFiles = (pids: readonly number[], path: string) => Promise<OpenFiles>;

/** This system's way: the links in /proc/PID/fd, or lsof's list of those who have the file open. */
export function createLookIntoFiles(system: 'linux' | 'darwin', run: RunTool): LookIntoFiles {
  return system === 'linux' ? lookLinux : (pids, path) => lookDarwin(run, pids, path);
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

/** Asks lsof whether the lock is free or not: a bot that has the file open takes it soon. */
async function lookDarwin(run: RunTool, pids: readonly number[], path: string): Promise<OpenFiles> {
  const seen = await lookWithLsof(path, run);
  if (seen === null) return { sockets: null, hasFile: null };
  const open = new Set([...seen.holders, ...seen.waiters]);
  return { sockets: null, hasFile: pids.some((pid) => open.has(pid)) };
}
