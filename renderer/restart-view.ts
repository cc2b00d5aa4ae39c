import type { RestartState, RestartStep } from '../shared/snapshot.ts';

/** The guide's steps in order. */
export const STEPS = [1, 2, 3, 4, 5] as const satisfies readonly RestartStep[];

/** One step as it is drawn: done (and when), the one it is at, one that must be done again, or a later one. */
export interface StepView {
  step: RestartStep;
  state: 'done' | 'now' | 'later';
  at: string | null;
}

/** The guide as a list; a step is done only when Sexton saw it. */
export function guideView(restart: RestartState): { steps: StepView[]; finished: boolean } {
  const steps = STEPS.map((step): StepView => {
    const { done, at } = restart.steps[step - 1] ?? { done: false, at: null };
    return { step, at, state: done ? 'done' : step === restart.step ? 'now' : 'later' };
  });
  return { steps, finished: steps.every(({ state }) => state === 'done') };
}

/** How long the sockets get to clear after the Gateway has gone, and how long a start with 2FA may take, in ms. */
export const SETTLE_WAIT_MS = 30_000;
export const LONGEST_START_MS = 240_000;

/** How far a timed step is: since the step before it was done. `null` for a step that no time ends. */
export function stepProgress(restart: RestartState, now: number): { passedMs: number; ofMs: number } | null {
  const ofMs = restart.step === 3 ? SETTLE_WAIT_MS : restart.step === 4 ? LONGEST_START_MS : null;
  const since = restart.steps[restart.step - 2]?.at ?? null;
  if (ofMs === null || since === null) return null;
  return { passedMs: Math.max(0, now - Date.parse(since)), ofMs };
}
