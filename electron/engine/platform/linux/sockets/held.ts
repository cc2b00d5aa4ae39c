import { readdirSync, readlinkSync } from 'node:fs';
import type { HeldSockets } from '../../types.ts';

const NONE: HeldSockets = { inodes: new Set(), complete: true };

/** The sockets among the process's current descriptors; not complete when some of them cannot be read. */
export function readHeldSockets(pid: number): HeldSockets {
  if (!Number.isSafeInteger(pid) || pid < 1) return NONE;
  const directory = `/proc/${pid}/fd`;
  const inodes = new Set<number>();
  let complete = true;
  try {
    for (const fd of readdirSync(directory)) {
      try {
        const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`${directory}/${fd}`))?.[1];
        if (inode !== undefined) inodes.add(Number(inode));
      } catch (error) {
        // Closed since the directory was read.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') complete = false;
      }
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return code === 'ENOENT' || code === 'ESRCH' ? NONE : { inodes, complete: false };
  }
  return { inodes, complete };
}
