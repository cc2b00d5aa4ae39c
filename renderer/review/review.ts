import type { Plan, PlanError } from '../../shared/plan.ts';
import type { CleanResult } from '../../shared/snapshot.ts';

/** The state of a review. `plan` stays on screen while a new one is made, but only `ready` may be confirmed. */
export interface Review {
  phase: 'asking' | 'ready' | 'failed' | 'running' | 'done' | 'lost';
  plan: Plan | null;
  /** Live bots a person included, by the id of the refusal that named them. */
  included: readonly { id: string; key: string }[];
  error: PlanError | null;
  result: CleanResult | null;
  /** When the plan was renewed because it had expired, in ms since the epoch. */
  renewedAt: number | null;
  /** True when that changed who would be stopped. */
  changed: boolean;
}

export type ReviewEvent =
  | { kind: 'asking'; included: Review['included']; because: 'asked' | 'expired' }
  | { kind: 'planned'; plan: Plan; because: 'asked' | 'expired'; at: number }
  | { kind: 'refused'; error: PlanError }
  | { kind: 'confirmed' }
  | { kind: 'done'; result: CleanResult }
  | { kind: 'lost' };

/** A review before its first request. */
export const emptyReview: Review = {
  phase: 'asking',
  plan: null,
  included: [],
  error: null,
  result: null,
  renewedAt: null,
  changed: false,
};

/** The targets of a plan as one comparable text: who, how many zombies, how many sessions. */
function targetsOf(plan: Plan | null): string {
  const targets = plan?.targets ?? [];
  return targets
    .map(({ process, zombies, sessions }) => `${process.pid}@${process.startedAt}:${zombies}:${sessions}`)
    .sort()
    .join(' ');
}

/** The next state of a review; pure. */
export function reduceReview(review: Review, event: ReviewEvent): Review {
  switch (event.kind) {
    case 'asking':
      return { ...review, phase: 'asking', included: event.included, error: null };
    case 'planned': {
      const expired = event.because === 'expired';
      return {
        ...review,
        phase: 'ready',
        plan: event.plan,
        renewedAt: expired ? event.at : null,
        changed: expired && targetsOf(review.plan) !== targetsOf(event.plan),
      };
    }
    case 'refused':
      return { ...review, phase: 'failed', error: event.error };
    case 'confirmed':
      return { ...review, phase: 'running' };
    case 'done':
      return { ...review, phase: 'done', result: event.result };
    case 'lost':
      return { ...review, phase: 'lost' };
  }
}
