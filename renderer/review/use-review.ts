import { useCallback, useEffect, useReducer, useRef } from 'react';
import type { PlanRefusal } from '../../shared/plan.ts';
import { useNow, usePanel, usePanelState } from '../panel-context.ts';
import { emptyReview, type Review, reduceReview } from './review.ts';

/** What the review sheet can ask for. */
export interface ReviewActions {
  include(refusal: PlanRefusal): void;
  exclude(key: string): void;
  again(): void;
  confirm(): void;
}

/** Runs a review: asks for a plan, renews it when it expires, and confirms it by its id. */
export function useReview(purpose: 'zombies' | 'restart'): [Review, ReviewActions] {
  const { client, clock } = usePanel();
  const visible = usePanelState((state) => state.visible);
  const [review, dispatch] = useReducer(reduceReview, emptyReview);
  const now = useNow();
  const turn = useRef(0);
  const { included } = review;

  const ask = useCallback(
    (live: Review['included'], because: 'asked' | 'expired') => {
      turn.current += 1;
      const mine = turn.current;
      const call = purpose === 'restart' ? client.restart.plan : client.clean.plan;
      dispatch({ kind: 'asking', included: live, because });
      call({ includeLive: live.map(({ id }) => id) }).then(
        (answer) => {
          if (mine !== turn.current) return;
          if (answer.ok) dispatch({ kind: 'planned', plan: answer.value, because, at: clock.now() });
          else dispatch({ kind: 'refused', error: answer.error });
        },
        () => {
          if (mine === turn.current) dispatch({ kind: 'lost' });
        },
      );
    },
    [client, clock, purpose],
  );

  useEffect(() => ask([], 'asked'), [ask]);

  const expired = review.phase === 'ready' && review.plan !== null && now >= Date.parse(review.plan.expiresAt);
  useEffect(() => {
    if (expired && visible) ask(included, 'expired');
  }, [expired, visible, ask, included]);

  const confirm = (): void => {
    const { plan } = review;
    if (review.phase !== 'ready' || plan === null || plan.targets.length === 0) return;
    turn.current += 1;
    const mine = turn.current;
    dispatch({ kind: 'confirmed' });
    client.clean.confirm({ planId: plan.id }).then(
      (answer) => {
        if (mine !== turn.current) return;
        if (answer.ok) dispatch({ kind: 'done', result: answer.value });
        else if (answer.error.code === 'plan-expired' || answer.error.code === 'plan-unknown') ask(included, 'expired');
        else dispatch({ kind: 'refused', error: answer.error });
      },
      () => {
        if (mine === turn.current) dispatch({ kind: 'lost' });
      },
    );
  };

  return [
    review,
    {
      include: (refusal) => ask([...included, { id: refusal.id, key: processKey(refusal.process) }], 'asked'),
      exclude: (key) =>
        ask(
          included.filter((one) => one.key !== key),
          'asked',
        ),
      again: () => ask(included, 'asked'),
      confirm,
    },
  ];
}

/** What tells one process from another across plans. */
export function processKey({ pid, startedAt }: { pid: number; startedAt: string }): string {
  return `${pid}@${startedAt}`;
}
