import type { CleanResult } from '../../../shared/snapshot.ts';
import { stoppedWords } from '../../../shared/words/plan.ts';
import { LEVEL_MARKS, type Line, type Paper, paragraph, span } from '../screen/paint.ts';

/** The verified outcome of a clean: what was stopped and how, what was refused and why, and what remains. */
export function resultView(result: CleanResult, paper: Pick<Paper, 'columns'>): Line[] {
  const level = result.remaining === null ? 'blind' : result.remaining === 0 ? 'clear' : 'warning';
  const seconds = (result.durationMs / 1_000).toFixed(1);
  return [
    ...result.stopped.flatMap(({ pid, name, signal }) =>
      paragraph(`${LEVEL_MARKS.clear} ${name} (${pid}): ${stoppedWords(signal)}.`, 'plain', paper),
    ),
    ...result.refused.flatMap(({ pid, name, reason }) =>
      paragraph(`- ${name} (${pid}) was not touched: ${reason}`, 'quiet', paper),
    ),
    ...paragraph(`${LEVEL_MARKS[level]} ${result.message}`, level, paper),
    ...(result.stopped.length === 0 ? [] : [[span(`Verified after ${seconds} s.`, 'quiet')]]),
  ];
}
