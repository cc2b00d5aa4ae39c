import type { Settings } from '../../../../shared/settings/settings.ts';
import type { BreakerState } from '../../../../shared/snapshot.ts';
import type { ProcessKey } from '../../platform/process/key.ts';

/** After how many failures the breaker opens, how long it stays open (milliseconds), and how many probes must succeed to close it. */
export type BreakerRules = Settings['breaker'];

/** Unique for each attempt, so that only the probe's own outcome counts as the probe's. */
export type AttemptId = string;

/** The one attempt that a half-open breaker lets through, and how long its outcome is awaited (monotonic milliseconds). */
export interface Probe {
  id: AttemptId;
  prober: ProcessKey;
  until: number;
  withinMs: number;
}

/**
 * What the breaker is in. Deadlines are milliseconds of the monotonic clock, so that changes of the wall clock do not move them.
 * `unused` is closed, and nothing has reported to it yet. `retryAt` is `until` on the wall clock of the moment it opened.
 */
export type BreakerMode =
  | { kind: 'unused' }
  | { kind: 'closed' }
  | { kind: 'open'; until: number; retryAt: string }
  | { kind: 'half_open'; probe: Probe | null }
  | { kind: 'held' };

/** The circuit breaker of guarded connects. */
export interface Breaker {
  mode: BreakerMode;
  /** In a row. While open or half-open: those that opened it. */
  failures: number;
  /** Probes that have succeeded since it became half-open. */
  successes: number;
  /** When the mode last changed, on the wall clock and for people only. */
  changedAt: string | null;
  /** One plain clause; `null` while closed. */
  reason: string | null;
}

/** What happens to a breaker. `gone`: the attempt ended without an outcome, for example because it was stopped by hand. */
export type BreakerEvent =
  | { type: 'tick' }
  | { type: 'begin'; id: AttemptId; prober: ProcessKey; outcomeWithinMs: number }
  | { type: 'success'; id: AttemptId }
  | { type: 'failure'; id: AttemptId; reason: string }
  | { type: 'gone'; id: AttemptId }
  | { type: 'hold'; reason: string }
  | { type: 'reset' };

/** The present moment on both clocks. */
export interface Moment {
  /** Monotonic milliseconds. */
  clock: number;
  wall: Date;
}

/** May an attempt begin? `retryInMs` is `null` when only a person (held) or the probe's end (probing) decides. */
export type Admission =
  | { allowed: true; probe: boolean }
  | { allowed: false; why: 'open' | 'held' | 'probing'; retryInMs: number | null };

/** How far the two clocks may drift apart before a jump of the wall clock is assumed. */
const CLOCK_TOLERANCE_MS = 1_000;

/** A breaker that nothing has reported to. */
export const FRESH_BREAKER: Breaker = {
  mode: { kind: 'unused' },
  failures: 0,
  successes: 0,
  changedAt: null,
  reason: null,
};

/** The breaker after an event. Time alone moves it too: an elapsed deadline counts before the event does. */
export function reduceBreaker(before: Breaker, event: BreakerEvent, now: Moment, rules: BreakerRules): Breaker {
  const breaker = elapse(before, now);
  switch (event.type) {
    case 'tick':
      return breaker;
    case 'begin':
      return begin(breaker, event, now);
    case 'success':
      return succeed(breaker, event.id, now, rules);
    case 'failure':
      return fail(breaker, event, now, rules);
    case 'gone':
      return isProbe(breaker, event.id) ? { ...breaker, mode: { kind: 'half_open', probe: null } } : breaker;
    case 'hold':
      return breaker.mode.kind === 'held' ? breaker : change(breaker, { kind: 'held' }, now, { reason: event.reason });
    case 'reset':
      if (breaker.mode.kind === 'unused') return breaker;
      if (breaker.mode.kind === 'closed') return { ...breaker, failures: 0 };
      return change(breaker, { kind: 'closed' }, now, { failures: 0, successes: 0, reason: null });
  }
}

/** Would the breaker let an attempt begin now? Pure: taking the probe's place is the event `begin`. */
export function admission(before: Breaker, now: Moment): Admission {
  const { mode } = elapse(before, now);
  switch (mode.kind) {
    case 'unused':
    case 'closed':
      return { allowed: true, probe: false };
    case 'open':
      return { allowed: false, why: 'open', retryInMs: Math.max(0, mode.until - now.clock) };
    case 'held':
      return { allowed: false, why: 'held', retryInMs: null };
    case 'half_open':
      return mode.probe === null ? { allowed: true, probe: true } : { allowed: false, why: 'probing', retryInMs: null };
  }
}

/** The breaker as the snapshot shows it. */
export function breakerView(before: Breaker, now: Moment, rules: BreakerRules): BreakerState {
  const { mode, failures, successes, changedAt, reason } = elapse(before, now);
  const retryAt = mode.kind === 'open' ? retryTime(mode, now) : null;
  return { state: mode.kind, failures, successes, threshold: rules.failureThreshold, changedAt, retryAt, reason };
}

/** The time computed when it opened, so that it does not flicker; computed anew when the wall clock has jumped since. */
export function retryTime(mode: { until: number; retryAt: string }, now: Moment): string {
  const actual = now.wall.getTime() + (mode.until - now.clock);
  const told = Date.parse(mode.retryAt);
  return Math.abs(actual - told) < CLOCK_TOLERANCE_MS ? mode.retryAt : new Date(actual).toISOString();
}

function elapse(breaker: Breaker, now: Moment): Breaker {
  const { mode } = breaker;
  if (mode.kind === 'open' && now.clock >= mode.until) {
    return change(breaker, { kind: 'half_open', probe: null }, now, { successes: 0 });
  }
  // A probe without an outcome must not block the breaker for ever.
  if (mode.kind === 'half_open' && mode.probe !== null && now.clock >= mode.probe.until) {
    return { ...breaker, mode: { kind: 'half_open', probe: null } };
  }
  return breaker;
}

function begin(breaker: Breaker, event: Extract<BreakerEvent, { type: 'begin' }>, now: Moment): Breaker {
  if (breaker.mode.kind !== 'half_open' || breaker.mode.probe !== null) return breaker;
  const { id, prober, outcomeWithinMs: withinMs } = event;
  return { ...breaker, mode: { kind: 'half_open', probe: { id, prober, withinMs, until: now.clock + withinMs } } };
}

function succeed(breaker: Breaker, id: AttemptId, now: Moment, rules: BreakerRules): Breaker {
  switch (breaker.mode.kind) {
    case 'unused':
      return change(breaker, { kind: 'closed' }, now, { failures: 0 });
    case 'closed':
      return { ...breaker, failures: 0 };
    case 'half_open': {
      if (!isProbe(breaker, id)) return breaker;
      const successes = breaker.successes + 1;
      if (successes < rules.successThreshold) {
        return { ...breaker, successes, mode: { kind: 'half_open', probe: null } };
      }
      return change(breaker, { kind: 'closed' }, now, { failures: 0, successes: 0, reason: null });
    }
    // The outcome of an attempt from before it opened says nothing about now.
    case 'open':
    case 'held':
      return breaker;
  }
}

function fail(breaker: Breaker, event: { id: AttemptId; reason: string }, now: Moment, rules: BreakerRules): Breaker {
  const failures = breaker.failures + 1;
  const opened = { failures, successes: 0, reason: event.reason };
  const open: BreakerMode = {
    kind: 'open',
    until: now.clock + rules.recoveryMs,
    retryAt: new Date(now.wall.getTime() + rules.recoveryMs).toISOString(),
  };
  switch (breaker.mode.kind) {
    case 'unused':
    case 'closed':
      if (failures >= rules.failureThreshold) return change(breaker, open, now, opened);
      return breaker.mode.kind === 'closed'
        ? { ...breaker, failures }
        : change(breaker, { kind: 'closed' }, now, { failures });
    case 'half_open':
      return isProbe(breaker, event.id) ? change(breaker, open, now, opened) : breaker;
    case 'open':
    case 'held':
      return breaker;
  }
}

function isProbe({ mode }: Breaker, id: AttemptId): boolean {
  return mode.kind === 'half_open' && mode.probe?.id === id;
}

function change(breaker: Breaker, mode: BreakerMode, now: Moment, rest: Partial<Breaker>): Breaker {
  return { ...breaker, ...rest, mode, changedAt: now.wall.toISOString() };
}
