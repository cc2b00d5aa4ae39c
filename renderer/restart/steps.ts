import { isLiftable } from '../../shared/liftable.ts';
import type { RestartBot, RestartState, RestartStep } from '../../shared/snapshot.ts';

/** The guide's steps in order. */
export const STEPS = [1, 2, 3, 4, 5] as const satisfies readonly RestartStep[];

/** One step as it is drawn: done (and when), the one it is at, or a later one. */
export interface StepView {
  step: RestartStep;
  state: 'done' | 'now' | 'later';
  at: string | null;
}

/** The guided restart as a list; a step is done only when Sexton saw it happen. */
export function guideView(restart: RestartState): { steps: StepView[]; finished: boolean } {
  const steps = STEPS.map((step): StepView => {
    const { done, at } = restart.steps[step - 1] ?? { done: false, at: null };
    return { step, at, state: done ? 'done' : step === restart.step ? 'now' : 'later' };
  });
  return { steps, finished: steps.every(({ state }) => state === 'done') };
}

/** The button of the step: stop the bots that may be stopped, continue on the user's confirmation, finish, or just wait. */
export function guideAction(restart: RestartState): 'finish' | 'stop-bots' | 'go-on' | 'wait' {
  if (guideView(restart).finished) return 'finish';
  if (restart.step === 1 && (restart.bots ?? []).some(mayBeStopped)) return 'stop-bots';
  return restart.goOn === undefined ? 'wait' : 'go-on';
}

/** May it be stopped, at least when a person includes it? */
function mayBeStopped({ verdict }: RestartBot): boolean {
  return verdict.kind === 'cleanable' || isLiftable(verdict);
}

/** How far a timed step is, from 0 to 1; `null` for a step that no time ends. */
export function stepProgress({ wait }: RestartState, now: number): number | null {
  if (wait === undefined || wait.durationMs <= 0) return null;
  return Math.min(1, Math.max(0, (now - Date.parse(wait.since)) / wait.durationMs));
}
