import { randomUUID } from 'node:crypto';
import { PLAN_LIFETIME_MS, type Plan, type PlanError } from '../../../shared/plan.ts';
import { failure, type Result, success } from '../../../shared/result.ts';
import { LIVE_GRACE_MS, type Settings } from '../../../shared/settings/settings.ts';
import type { CleanedBy, CleanResult, Problem } from '../../../shared/snapshot.ts';
import { problemSentence } from '../../../shared/words/clean.ts';
import type { PlanRequest } from '../api.ts';
import { lifetime, type PreparedPlan, type Purpose, preparePlan } from '../clean/planner.ts';
import type { Proof } from '../clean/proof.ts';
import { readServed } from '../clean/served.ts';
import { carryOut } from '../clean/signal/cleaner.ts';
import { type Clock, timestamp } from '../clock.ts';
import { processText } from '../platform/process/identity.ts';
import type { Platform, ProcessRecord } from '../platform/types.ts';
import { cleanFinished } from '../record/journal/entries.ts';
import type { Journal } from '../record/journal/journal.ts';
import type { Watcher } from './watcher.ts';

/** How many plans are kept; each lives for 10 s. */
const MAX_PLANS = 8;
/** How many refusals a person can still refer to. */
const MAX_REFUSALS = 500;

export interface CleaningParts {
  platform: Platform;
  clock: Clock;
  watcher: Watcher;
  journal: Journal;
  settings: () => Settings;
  /** Is this a bot that the guide's first step stops? */
  isRestartBot: (process: ProcessRecord) => boolean;
}

interface KeptPlan {
  prepared: PreparedPlan;
  madeAt: number;
  /** How long the plan's scan took: the clean's duration begins with it. */
  lookMs: number;
}

/** Makes plans, keeps them until they are confirmed or too old, and carries them out one at a time. */
export class Cleaning {
  readonly #parts: CleaningParts;
  readonly #plans = new Map<string, KeptPlan>();
  /** What an opaque refusal id stands for: pid and start time, so that it can never mean a later process. */
  readonly #refusals = new Map<string, string>();
  #busy = false;

  constructor(parts: CleaningParts) {
    this.#parts = parts;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** Makes a plan from a fresh proof. `lookMs` is how long the proof took. */
  async plan(proof: Proof, lookMs: number, request: PlanRequest): Promise<Plan> {
    const { platform, clock, settings, watcher } = this.#parts;
    const { graceMs } = settings();
    const purpose: Purpose =
      request.purpose === 'restart'
        ? { kind: 'restart', isListed: this.#parts.isRestartBot }
        : { kind: 'zombies', ...(request.covers ? { covers: request.covers } : {}) };
    const gentle = request.purpose === 'restart' || request.includeLive.length > 0;
    const bare = preparePlan(proof, {
      id: randomUUID(),
      purpose,
      ports: new Set(request.ports ?? watcher.ports().map(({ port }) => port)),
      isLiveIncluded: (process) => this.#isIncluded(process, request.includeLive),
      graceMs: request.graceMs ?? (gentle ? LIVE_GRACE_MS : graceMs),
      refusalId: (process) => this.#refusalId(process),
      wallNow: clock.wall(),
    });
    // Nobody reads a policy's plan: it is carried out at once.
    const prepared = request.covers ? bare : await withServed(bare, platform, clock);
    this.#plans.set(prepared.plan.id, { prepared, madeAt: clock.now(), lookMs });
    dropOldest(this.#plans, MAX_PLANS);
    return prepared.plan;
  }

  /** Carries out a confirmed plan. `onStart` is called once the plan has been accepted. */
  async confirm(planId: string, by: CleanedBy, onStart: () => void): Promise<Result<CleanResult, PlanError>> {
    const kept = this.#plans.get(planId);
    if (kept === undefined) return failure({ code: 'plan-unknown' });
    if (this.#busy) return failure({ code: 'busy' });
    this.#plans.delete(planId);
    if (this.#isTooOld(kept)) return failure({ code: 'plan-expired' });
    this.#busy = true;
    onStart();
    try {
      const outcome = await this.#carryOut(kept, by);
      return outcome.ok ? outcome : failure({ code: 'cannot-see', hint: problemSentence(outcome.error) });
    } finally {
      this.#busy = false;
    }
  }

  /** The monotonic clock may stop while the machine sleeps, so the wall clock is checked too. */
  #isTooOld({ madeAt, prepared: { plan } }: KeptPlan): boolean {
    const { clock } = this.#parts;
    return clock.now() - madeAt > PLAN_LIFETIME_MS || clock.wall() > Date.parse(plan.expiresAt);
  }

  async #carryOut({ prepared, lookMs }: KeptPlan, by: CleanedBy): Promise<Result<CleanResult, Problem>> {
    const { platform, clock, watcher, journal } = this.#parts;
    const outcome = await carryOut(prepared, by, {
      platform,
      prove: () => watcher.prove(),
      look: () => watcher.look(),
      record: async (entries) => {
        const written = await Promise.all(entries.map((entry) => journal.append(entry, { durable: true })));
        return written.every(({ ok }) => ok);
      },
      now: clock.now,
      sleep: clock.sleep,
      timestamp: () => timestamp(clock.wall()),
    });
    if (!outcome.ok) return outcome;
    const result = { ...outcome.value, durationMs: outcome.value.durationMs + Math.round(lookMs) };
    await journal.append(cleanFinished(timestamp(clock.wall()), { by, planId: prepared.plan.id, result }));
    return success(result);
  }

  #refusalId(process: ProcessRecord | undefined): string {
    const id = randomUUID();
    if (process) this.#refusals.set(id, processText(process));
    dropOldest(this.#refusals, MAX_REFUSALS);
    return id;
  }

  #isIncluded(process: ProcessRecord, included: PlanRequest['includeLive']): boolean {
    return included.some((entry) =>
      typeof entry === 'number' ? entry === process.pid : this.#refusals.get(entry) === processText(process),
    );
  }
}

/** Adds what else each target serves. Reading that takes time, so the plan's lifetime starts afterwards. */
async function withServed(prepared: PreparedPlan, platform: Platform, clock: Clock): Promise<PreparedPlan> {
  const { plan } = prepared;
  if (plan.targets.length === 0) return prepared;
  const served = await readServed(
    platform,
    plan.targets.map(({ process }) => process.pid),
  );
  const targets = plan.targets.map((target) => ({ ...target, serves: served?.get(target.process.pid) ?? null }));
  return { ...prepared, plan: { ...plan, targets, ...lifetime(clock.wall()) } };
}

function dropOldest(map: Map<string, unknown>, keep: number): void {
  for (const oldest of map.keys()) {
    if (map.size <= keep) return;
    map.delete(oldest);
  }
}
