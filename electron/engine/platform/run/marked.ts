import { readdirSync, readFileSync } from 'node:fs';
import type { RunTool } from './command.ts';

/**
 * The environment variable that marks the processes of one guarded command: children inherit it, even those that
 * outlive their parent before the two were seen together.
 */
export const MARK_NAME = 'SEXTON_GUARD_ID';

/**
 * The pids of this user's processes that carry the mark. Nothing else of their environments, which may hold secrets, is
 * kept.
 */
export type FindMarked = (mark: string) => Promise<number[]>;

/** This system's way: /proc/PID/environ, or ps, which shows the environment of the user's own processes. */
export function createFindMarked(system: 'linux' | 'darwin', run: RunTool): FindMarked {
  return system === 'linux' ? findLinux : (mark) => findDarwin(run, mark);
}

const findLinux: FindMarked = async (mark) =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${MARK_NAME}=${mark}`);
      } catch {
        // Ended, or another user's.
        return false;
      }
    })
    .map(Number);

async function findDarwin(run: RunTool, mark: string): Promise<number[]> {
  const output = await run('ps', ['-xEww', '-o', 'pid=,command=']);
  if (!output.ok) return [];
  return output.value.stdout
    .split('\n')
    .filter((line) => line.split(' ').includes(`${MARK_NAME}=${mark}`))
    .map((line) => Number.parseInt(line, 10))
    .filter((pid) => Number.isSafeInteger(pid) && pid > 1);
}
