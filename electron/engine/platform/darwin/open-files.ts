import type { LookIntoFiles } from '../lock/open-files.ts';
import type { RunTool } from '../run/command.ts';
import { lookDarwin } from './locks.ts';

/** Asks lsof who has the file open, whether it is locked or not: a bot that has it open takes the lock soon. Sockets are not read. */
export function createLookIntoFiles(run: RunTool): LookIntoFiles {
  return async (pids, path) => {
    const seen = await lookDarwin(path, run);
    if (seen === null) return { sockets: null, hasFile: null };
    const open = new Set([...seen.holders, ...seen.waiters]);
    return { sockets: null, hasFile: pids.some((pid) => open.has(pid)) };
  };
}
