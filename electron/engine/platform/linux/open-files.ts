import { readdirSync, readlinkSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import type { LookIntoFiles } from '../lock/open-files.ts';

/** Reads the links in /proc/PID/fd. */
export const lookIntoFiles: LookIntoFiles = async (pids, path) => {
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
