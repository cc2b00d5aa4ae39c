import type { LookIntoFiles } from '../lock/open-files.ts';
import type { LockLook } from '../lock/sighting.ts';

/** Asks lsof who has the file open; it is not asked for sockets here. */
export function createLookIntoFiles(lockLook: LockLook): LookIntoFiles {
  return async (pids, path) => {
    const { kind, holders, waiters } = await lockLook(path);
    if (kind === 'unknown') return { sockets: null, hasFile: null };
    const open = new Set([...holders, ...waiters]);
    return { sockets: null, hasFile: pids.some((pid) => open.has(pid)) };
  };
}
