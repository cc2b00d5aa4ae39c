import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  admission,
  type Breaker,
  breakerView,
  FRESH_BREAKER,
  type Moment,
  reduceBreaker,
} from '../../../electron/engine/connect/breaker/breaker.ts';
import { decodeBreakers, encodeBreakers } from '../../../electron/engine/connect/breaker/file.ts';
import { runs, TIMEOUT_MS } from './runs.ts';

/** One breaker's text, and the breaker of a text; `null` when it is refused. */
const encode = (breaker: Breaker, now: Moment) =>
  encodeBreakers(new Map([[null, { breaker, toldAt: null }]]), now, 'r');
const decode = (text: string, now: Moment) => decodeBreakers(text, now, RULES)?.breakers.get(null)?.breaker ?? null;

const RULES = { failureThreshold: 5, recoveryMs: 60_000, successThreshold: 2 };
const moment = (clock: number, wall: number): Moment => ({ clock, wall: new Date(wall) });
const WALL = Date.parse('2026-11-21T09:00:00.000Z');

const event = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ type: 'failure', id: 'a', reason: 'why' } as const) },
  { weight: 2, arbitrary: fc.constant({ type: 'success', id: 'a' } as const) },
  {
    weight: 2,
    arbitrary: fc.constant({
      type: 'begin',
      id: 'a',
      prober: { pid: 7, startToken: 's' },
      outcomeWithinMs: 60_000,
    } as const),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'reset' } as const) },
);
/** A step: how long passes, by how much somebody sets the wall clock, and what happens then. */
const steps = fc.array(
  fc.tuple(
    fc.constantFrom(0, 500, 30_000, 60_000),
    fc.constantFrom(0, 0, 0, 3_600_000, -3_600_000, 86_400_000 * 400),
    event,
  ),
  { maxLength: 30 },
);

describe('a breaker that goes through its file after every step', { timeout: TIMEOUT_MS }, () => {
  it('agrees with one kept in memory while the wall clock is not changed', () => {
    fc.assert(
      fc.property(steps, (history) => {
        let kept = FRESH_BREAKER;
        let stored = FRESH_BREAKER;
        let clock = 0;
        for (const [pause, , next] of history) {
          clock += pause;
          // Another process: its monotonic clock began elsewhere.
          const there = moment(clock + 5_000_000, WALL + clock);
          const here = moment(clock, WALL + clock);
          kept = reduceBreaker(kept, next, here, RULES);
          const text = encode(reduceBreaker(stored, next, here, RULES), here);
          const read = decode(text, there);
          expect(read).not.toBeNull();
          stored = decode(encode(read ?? FRESH_BREAKER, there), here) ?? FRESH_BREAKER;
          expect(breakerView(stored, here, RULES)).toEqual(breakerView(kept, here, RULES));
        }
      }),
      runs(500),
    );
  });

  it('is never held shut for longer than its recovery and a probe, however the wall clock jumps', () => {
    fc.assert(
      fc.property(steps, (history) => {
        let breaker = FRESH_BREAKER;
        let clock = 0;
        let wall = WALL;
        for (const [pause, jump, next] of history) {
          clock += pause;
          wall += pause;
          breaker = reduceBreaker(breaker, next, moment(clock, wall), RULES);
          const text = encode(breaker, moment(clock, wall));
          wall += jump;
          breaker = decode(text, moment(clock, wall)) ?? FRESH_BREAKER;
        }
        expect(admission(breaker, moment(clock + 120_000, wall + 120_000)).allowed).toBe(true);
      }),
      runs(500),
    );
  });

  it('is either read completely or refused when its text is damaged', () => {
    const whole = encode(FRESH_BREAKER, moment(0, WALL));
    const wound = fc.tuple(fc.nat(whole.length), fc.nat(30), fc.string({ maxLength: 10 }));
    fc.assert(
      fc.property(wound, fc.json(), ([at, length, junk], json) => {
        for (const text of [whole.slice(0, at) + junk + whole.slice(at + length), whole.slice(0, at), json]) {
          for (const { breaker } of decodeBreakers(text, moment(0, WALL), RULES)?.breakers.values() ?? []) {
            breakerView(breaker, moment(0, WALL), RULES);
          }
        }
      }),
      runs(500),
    );
  });
});
