import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Admission,
  admission,
  type Breaker,
  type BreakerEvent,
  breakerView,
  FRESH_BREAKER,
  type Moment,
  reduceBreaker,
} from '../../../electron/engine/connect/breaker/breaker.ts';

const RULES = { failureThreshold: 5, recoveryMs: 60_000, successThreshold: 2 };
const START = Date.parse('2026-01-05T10:00:00Z');
const at = (clock: number): Moment => ({ clock, wall: new Date(START + clock) });
const prober = { pid: 4312, startToken: 'x' };

const begin = (id: string, outcomeWithinMs = 60_000): BreakerEvent => ({ type: 'begin', id, prober, outcomeWithinMs });
const fail = (id = 'a'): BreakerEvent => ({ type: 'failure', id, reason: 'it exited before a session' });
const succeed = (id = 'a'): BreakerEvent => ({ type: 'success', id });

/** The breaker after events that happen at clock times. */
function breakerAfter(...steps: [number, BreakerEvent][]): Breaker {
  return steps.reduce((breaker, [clock, event]) => reduceBreaker(breaker, event, at(clock), RULES), FRESH_BREAKER);
}

const fiveFailures = [1, 2, 3, 4, 5].map((clock): [number, BreakerEvent] => [clock, fail()]);

describe('a circuit breaker', () => {
  it('is unused and admits every attempt until an outcome is reported', () => {
    expect(breakerView(breakerAfter([0, begin('a')]), at(1), RULES)).toEqual({
      state: 'unused',
      failures: 0,
      successes: 0,
      threshold: 5,
      changedAt: null,
      retryAt: null,
      reason: null,
    });
    expect(admission(FRESH_BREAKER, at(0))).toEqual({ allowed: true, probe: false });
    expect(breakerAfter([0, succeed()]).mode.kind).toBe('closed');
    expect(breakerAfter([0, fail()]).mode.kind).toBe('closed');
  });

  it('opens on the fifth failure in a row and tells when it will retry', () => {
    expect(breakerAfter(...fiveFailures.slice(0, 4)).mode.kind).toBe('closed');
    const open = breakerAfter(...fiveFailures);
    expect(breakerView(open, at(1_000), RULES)).toEqual({
      state: 'open',
      failures: 5,
      successes: 0,
      threshold: 5,
      changedAt: '2026-01-05T10:00:00.005Z',
      retryAt: '2026-01-05T10:01:00.005Z',
      reason: 'it exited before a session',
    });
    expect(admission(open, at(1_005))).toEqual({ allowed: false, why: 'open', retryInMs: 59_000 });
  });

  it('counts failures in a row: a success resets the count', () => {
    expect(breakerAfter(...fiveFailures.slice(0, 4), [10, succeed()], [11, fail()])).toMatchObject({
      mode: { kind: 'closed' },
      failures: 1,
    });
  });

  it('becomes half-open after the recovery time without any call', () => {
    const open = breakerAfter(...fiveFailures);
    expect(breakerView(open, at(60_004), RULES).state).toBe('open');
    expect(breakerView(open, at(60_005), RULES).state).toBe('half_open');
    expect(reduceBreaker(open, { type: 'tick' }, at(60_005), RULES).mode.kind).toBe('half_open');
  });

  it('admits one probe at a time', () => {
    const probing = breakerAfter(...fiveFailures, [60_005, begin('p')]);
    expect(admission(probing, at(60_006))).toEqual({ allowed: false, why: 'probing', retryInMs: null });
    expect(reduceBreaker(probing, begin('q'), at(60_006), RULES)).toEqual(probing);
    const next = reduceBreaker(probing, succeed('p'), at(60_007), RULES);
    expect(next.successes).toBe(1);
    expect(admission(next, at(60_008))).toEqual({ allowed: true, probe: true });
  });

  it('closes after two successful probes', () => {
    const steps: [number, BreakerEvent][] = [
      ...fiveFailures,
      [60_005, begin('p')],
      [60_010, succeed('p')],
      [60_011, begin('q')],
      [60_012, succeed('q')],
    ];
    expect(breakerView(breakerAfter(...steps), at(60_013), RULES)).toMatchObject({
      state: 'closed',
      failures: 0,
      successes: 0,
      reason: null,
    });
  });

  it('opens again for the full recovery time when a probe fails', () => {
    const again = breakerAfter(...fiveFailures, [60_005, begin('p')], [70_000, fail('p')]);
    expect(admission(again, at(70_000))).toEqual({ allowed: false, why: 'open', retryInMs: 60_000 });
  });

  it('accepts only the probe’s own outcome', () => {
    const probing = breakerAfter(...fiveFailures, [60_005, begin('p')]);
    expect(reduceBreaker(probing, succeed('old'), at(60_006), RULES)).toEqual(probing);
    expect(reduceBreaker(probing, fail('old'), at(60_006), RULES)).toEqual(probing);
  });

  it('ignores outcomes of attempts from before it opened', () => {
    const open = breakerAfter(...fiveFailures);
    expect(reduceBreaker(open, succeed('old'), at(10), RULES)).toEqual(open);
    expect(reduceBreaker(open, fail('old'), at(10), RULES)).toEqual(open);
  });

  it('frees the slot of a probe that is gone or does not report in time', () => {
    const probing = breakerAfter(...fiveFailures, [60_005, begin('p', 10_000)]);
    expect(admission(reduceBreaker(probing, { type: 'gone', id: 'p' }, at(60_006), RULES), at(60_006)).allowed).toBe(
      true,
    );
    expect(admission(probing, at(70_004)).allowed).toBe(false);
    expect(admission(probing, at(70_005)).allowed).toBe(true);
    const late = reduceBreaker(probing, succeed('p'), at(70_005), RULES);
    expect(late.successes).toBe(0);
  });

  it('admits nothing while a person holds it open, however long, until it is reset', () => {
    const held = breakerAfter([0, { type: 'hold', reason: 'Held by hand' }], [1, succeed()], [2, fail()]);
    expect(admission(held, at(10_000_000))).toEqual({ allowed: false, why: 'held', retryInMs: null });
    expect(breakerView(held, at(3), RULES)).toMatchObject({
      state: 'held',
      reason: 'Held by hand',
      changedAt: new Date(START).toISOString(),
    });
    const reset = reduceBreaker(held, { type: 'reset' }, at(5), RULES);
    expect(breakerView(reset, at(6), RULES)).toMatchObject({ state: 'closed', failures: 0, reason: null });
  });

  it('closes at once on a reset while open or half-open', () => {
    for (const clock of [10, 60_005]) {
      expect(breakerAfter(...fiveFailures, [clock, { type: 'reset' }])).toMatchObject({
        mode: { kind: 'closed' },
        failures: 0,
      });
    }
    expect(breakerAfter([0, { type: 'reset' }]).mode.kind).toBe('unused');
  });

  it('keeps its deadline when the wall clock jumps, and then shows the new time', () => {
    const open = breakerAfter(...fiveFailures);
    for (const jump of [-86_400_000, 86_400_000]) {
      const now = { clock: 30_005, wall: new Date(START + 30_005 + jump) };
      expect(admission(open, now)).toMatchObject({ why: 'open', retryInMs: 30_000 });
      expect(breakerView(open, now, RULES).retryAt).toBe(new Date(now.wall.getTime() + 30_000).toISOString());
    }
  });

  it('shows the same time on every read while the clocks agree', () => {
    const open = breakerAfter(...fiveFailures);
    const told = [10, 999.4, 2_000.7].map(
      (clock) => breakerView(open, { clock, wall: new Date(Math.round(START + clock)) }, RULES).retryAt,
    );
    expect(new Set(told).size).toBe(1);
  });
});

/** The same rules said the plain way, as a mutable object that a person can check by reading. */
class Model {
  state = 'unused';
  failures = 0;
  successes = 0;
  openedAt = 0;
  probe: { id: string; deadline: number } | null = null;

  pass(clock: number): void {
    if (this.state === 'open' && clock - this.openedAt >= RULES.recoveryMs) {
      this.state = 'half_open';
      this.successes = 0;
      this.probe = null;
    }
    if (this.probe !== null && clock >= this.probe.deadline) this.probe = null;
  }

  allows(): boolean {
    return this.state === 'unused' || this.state === 'closed' || (this.state === 'half_open' && this.probe === null);
  }

  happen(event: BreakerEvent, clock: number): void {
    this.pass(clock);
    const calm = this.state === 'unused' || this.state === 'closed';
    if (event.type === 'hold') {
      this.state = 'held';
      this.probe = null;
    }
    if (event.type === 'reset' && this.state !== 'unused') {
      this.state = 'closed';
      this.failures = 0;
      this.successes = 0;
      this.probe = null;
    }
    if (event.type === 'begin' && this.state === 'half_open' && this.probe === null) {
      this.probe = { id: event.id, deadline: clock + event.outcomeWithinMs };
    }
    if (calm && event.type === 'success') {
      this.state = 'closed';
      this.failures = 0;
    }
    if (calm && event.type === 'failure') {
      this.state = 'closed';
      this.failures += 1;
      if (this.failures >= RULES.failureThreshold) this.open(clock);
    }
    if ('id' in event && this.probe?.id === event.id && event.type !== 'begin') {
      this.probe = null;
      if (event.type === 'failure') {
        this.failures += 1;
        this.open(clock);
      }
      if (event.type === 'success') {
        this.successes += 1;
        if (this.successes >= RULES.successThreshold) {
          this.state = 'closed';
          this.failures = 0;
          this.successes = 0;
        }
      }
    }
  }

  private open(clock: number): void {
    this.state = 'open';
    this.successes = 0;
    this.openedAt = clock;
  }
}

describe('a circuit breaker through any history', () => {
  const id = fc.constantFrom('a', 'b', 'c');
  const event: fc.Arbitrary<BreakerEvent> = fc.oneof(
    { weight: 1, arbitrary: fc.constant({ type: 'tick' } as const) },
    {
      weight: 6,
      arbitrary: fc.record({
        type: fc.constant('begin' as const),
        id,
        prober: fc.constant(prober),
        outcomeWithinMs: fc.constantFrom(1_000, 60_000),
      }),
    },
    { weight: 6, arbitrary: fc.record({ type: fc.constant('success' as const), id }) },
    { weight: 12, arbitrary: fc.record({ type: fc.constant('failure' as const), id, reason: fc.constant('why') }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('gone' as const), id }) },
    { weight: 1, arbitrary: fc.constant({ type: 'hold', reason: 'by hand' } as const) },
    { weight: 1, arbitrary: fc.constant({ type: 'reset' } as const) },
  );
  const history = fc.array(fc.tuple(fc.constantFrom(0, 1, 500, 30_000, 60_000), event), { maxLength: 60 });

  it('agrees with a plain statement of the rules', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const model = new Model();
        let breaker = FRESH_BREAKER;
        let clock = 0;
        for (const [pause, next] of steps) {
          clock += pause;
          breaker = reduceBreaker(breaker, next, at(clock), RULES);
          model.happen(next, clock);
          const { state, failures, successes } = breakerView(breaker, at(clock), RULES);
          expect({ state, failures, successes }).toEqual({
            state: model.state,
            failures: model.failures,
            successes: model.successes,
          });
          expect(admission(breaker, at(clock)).allowed).toBe(model.allows());
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('never stays open: after the recovery time and a probe time it admits an attempt, unless a person holds it', () => {
    fc.assert(
      fc.property(history, (steps) => {
        let breaker = FRESH_BREAKER;
        let clock = 0;
        for (const [pause, next] of steps) {
          clock += pause;
          breaker = reduceBreaker(breaker, next, at(clock), RULES);
        }
        const later: Admission = admission(breaker, at(clock + 60_000));
        expect(later.allowed || later.why === 'held').toBe(true);
      }),
    );
  });
});
