import type { Plan, PlanError } from '../../../../shared/plan.ts';
import { counted } from '../../../../shared/words/format.ts';
import type { Engine } from '../../../engine/api.ts';
import { confirm } from '../../kit/confirm.ts';
import { withProgress } from '../../kit/progress.ts';
import type { Io, Output } from '../../screen/io.ts';
import { paragraph } from '../../screen/paint.ts';
import { planQuestion, planView } from '../../views/plan.ts';
import { blind, type CleanOutcome, carriedOut, untouched, zombiesOn } from './outcome.ts';
import { NOT_DONE, notIncludedWords } from './words.ts';

/** What the caller asked `sexton clean` to do. */
export interface CleanWish {
  ports: readonly number[];
  /** Pids to stop even if the bot may be in use. */
  include: readonly number[];
  graceMs: number | undefined;
  /** `ask` confirms on the terminal; `show` only shows the plan, because there is no terminal to ask on. */
  consent: 'given' | 'ask' | 'show' | 'dry-run';
}

/** With `--yes`, Sexton tries this many plans that expire before it gives up. */
const TRIES = 3;

/** Plan, review, confirm, clean, verify. `human` takes the review and the progress; the caller prints the outcome. */
export async function cleanFlow(engine: Engine, wish: CleanWish, human: Output, io: Io): Promise<CleanOutcome> {
  const began = performance.now();
  const { ports } = wish;
  const elapsed = () => performance.now() - began;

  for (let late = 0; ; late += 1) {
    const planned = await engine.plan(requestFor(wish));
    if (!planned.ok) return withoutPlan(planned.error);
    const plan = planned.value;
    const stop = (why: string) => untouched({ snapshot: engine.snapshot(), ports, plan, durationMs: elapsed() }, why);
    review(plan, wish, human);
    if (plan.targets.length === 0) return stop(plan.refused.length > 0 ? NOT_DONE.nobody : '');
    if (wish.consent === 'dry-run') return stop(NOT_DONE.dryRun);
    if (wish.consent === 'show') return { ...stop(NOT_DONE.noTerminal), exit: 2 };
    if (wish.consent === 'ask' && !(await confirm(planQuestion(plan), human, io))) {
      return { ...stop(NOT_DONE.declined), exit: 2 };
    }
    const words = `Stopping ${counted(plan.targets.length, 'bot')} and verifying…`;
    const cleaned = await withProgress(words, human, finishing(engine.clean(plan.id, 'user'), human, io));
    if (cleaned.ok) return carriedOut(cleaned.value, engine.snapshot(), ports);
    const tooLate = cleaned.error.code === 'plan-expired' || cleaned.error.code === 'plan-unknown';
    if (!tooLate || (wish.consent === 'given' && late + 1 >= TRIES)) return withoutPlan(cleaned.error);
    human.write('More than 10 s have passed, so Sexton scanned again. The new plan:\n\n');
  }

  function withoutPlan(error: PlanError): CleanOutcome {
    const stop = (why: string) =>
      untouched({ snapshot: engine.snapshot(), ports, plan: null, durationMs: elapsed() }, why);
    switch (error.code) {
      case 'cannot-see':
        return blind(zombiesOn(engine.snapshot(), ports), error.hint, elapsed());
      case 'busy':
        return { ...stop(NOT_DONE.busy), exit: 1 };
      case 'plan-expired':
      case 'plan-unknown':
        return { ...stop(NOT_DONE.expired), exit: 1 };
    }
  }
}

function requestFor({ ports, include, graceMs }: CleanWish): Parameters<Engine['plan']>[0] {
  return {
    purpose: 'zombies',
    includeLive: include,
    ...(ports.length === 0 ? {} : { ports }),
    ...(graceMs === undefined ? {} : { graceMs }),
  };
}

function review(plan: Plan, { include }: CleanWish, human: Output): void {
  const known = new Set([...plan.targets, ...plan.refused].map(({ process }) => process.pid));
  const missing = include.filter((pid) => !known.has(pid));
  const paper = human.paper();
  if (plan.targets.length > 0 || plan.refused.length > 0) human.lines([...planView(plan, paper), []]);
  if (missing.length > 0) human.lines([...paragraph(`! ${notIncludedWords(missing)}`, 'warning', paper), []]);
}

/**
 * Keeps the first Ctrl-C from ending a clean between a signal and its journal entry; a clean takes a few seconds at most. A
 * second Ctrl-C ends the process as usual.
 */
async function finishing<Value>(work: Promise<Value>, human: Output, io: Io): Promise<Value> {
  const remove = io.onInterrupt(() => {
    human.write('\nFinishing the clean first. Press Ctrl-C again to end at once.\n');
    remove();
  });
  try {
    return await work;
  } finally {
    remove();
  }
}
