import type { RunTool } from '../../run/command.ts';
import { type FindMarked, MARK_NAME } from '../../run/marked.ts';

/** Asks ps, which shows the environment of one's own processes. */
export function createFindMarked(run: RunTool): FindMarked {
  return async (mark) => {
    const output = await run('ps', ['-xEww', '-o', 'pid=,command=']);
    if (!output.ok) return [];
    return output.value.stdout
      .split('\n')
      .filter((line) => line.split(' ').includes(`${MARK_NAME}=${mark}`))
      .map((line) => Number.parseInt(line, 10))
      .filter((pid) => Number.isSafeInteger(pid) && pid > 1);
  };
}
