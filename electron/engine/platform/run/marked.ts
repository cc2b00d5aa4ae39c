import { readdirSync, readFileSync } from 'node:fs';
import type { RunTool } from './command.ts';

/**
 * The variable by which the processes of one guarded command are known: children inherit it, also those that outlive their
 * parent before anybody has seen them together.
 */
export const MARK_NAME = 'SEXTON_GUARD_ID';

/** The pids of this user's processes that carry the mark. Nothing else of an environment, which may hold secrets, is kept. */
export type FindMarked = (mark: string) => Promise<number[]>;

/** This system's way: /proc/PID/environ, or ps, which shows the environment of one's own processes. */
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
        // Ended meanwhile, or another user's.
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
