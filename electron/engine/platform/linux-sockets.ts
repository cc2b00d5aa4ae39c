import { readdirSync, readlinkSync } from 'node:fs';

/** Whether a descriptor of the process is this very socket now; `unknown` when its descriptors may not be read. */
export function holdsSocket(pid: number, inode: number): 'yes' | 'no' | 'unknown' {
  if (!Number.isSafeInteger(pid) || pid < 1 || !Number.isSafeInteger(inode) || inode < 1) return 'no';
  const socket = `socket:[${inode}]`;
  const directory = `/proc/${pid}/fd`;
  let unreadable = false;
  try {
    for (const fd of readdirSync(directory)) {
      try {
        if (readlinkSync(`${directory}/${fd}`) === socket) return 'yes';
      } catch (error) {
        // One that was closed meanwhile is not it.
        unreadable ||= (error as NodeJS.ErrnoException).code !== 'ENOENT';
      }
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return code === 'ENOENT' || code === 'ESRCH' ? 'no' : 'unknown';
  }
  return unreadable ? 'unknown' : 'no';
}
