import { describe, expect, it } from 'vitest';
import { type Breaker, breakerView, FRESH_BREAKER, type Moment } from '../../../electron/engine/connect/breaker.ts';
import { decodeBreaker, encodeBreaker } from '../../../electron/engine/connect/breaker-file.ts';

const RULES = { failureThreshold: 5, recoveryMs: 60_000, successThreshold: 2 };
const WALL = Date.parse('2026-01-05T10:00:00Z');
/** Another process: another origin of the monotonic clock. */
const there = (wall: number): Moment => ({ clock: 5_000_000, wall: new Date(wall) });
const here: Moment = { clock: 100, wall: new Date(WALL) };

const open: Breaker = {
  ...FRESH_BREAKER,
  mode: { kind: 'open', until: here.clock + 60_000, retryAt: '2026-01-05T10:01:00.000Z' },
  failures: 5,
  changedAt: '2026-01-05T10:00:00.000Z',
  reason: 'no answer',
};
const probing: Breaker = {
  ...FRESH_BREAKER,
  mode: {
    kind: 'half_open',
    probe: { id: 'p', prober: { pid: 7, startToken: 't' }, until: here.clock + 30_000, withinMs: 30_000 },
  },
};
const text = (breaker: Breaker) => encodeBreaker(breaker, here, 'r1', '2026-01-05T10:00:00.000Z');

describe("the breaker's file", () => {
  it('carries every mode from one process to another', () => {
    for (const breaker of [FRESH_BREAKER, open, probing, { ...open, mode: { kind: 'held' } } satisfies Breaker]) {
      const stored = decodeBreaker(text(breaker), { ...there(WALL), clock: here.clock }, RULES);
      expect(stored).toEqual({ breaker, revision: 'r1', toldAt: '2026-01-05T10:00:00.000Z', mended: false });
    }
  });

  it('counts what is left of a deadline on the wall clock', () => {
    const stored = decodeBreaker(text(open), there(WALL + 20_000), RULES);
    expect(stored?.breaker.mode).toMatchObject({ kind: 'open', until: 5_000_000 + 40_000 });
  });

  it('is half-open at once after a sleep, a reboot or a jump forward', () => {
    const stored = decodeBreaker(text(open), there(WALL + 86_400_000), RULES);
    expect(stored && breakerView(stored.breaker, there(WALL + 86_400_000), RULES).state).toBe('half_open');
  });

  it('never waits longer than the recovery time after a jump back, and says that the file must be mended', () => {
    const stored = decodeBreaker(text(open), there(WALL - 86_400_000), RULES);
    expect(stored).toMatchObject({ mended: true, breaker: { mode: { kind: 'open', until: 5_000_000 + 60_000 } } });
    expect(stored?.breaker.mode).toMatchObject({ retryAt: new Date(WALL - 86_400_000 + 60_000).toISOString() });
    const place = decodeBreaker(text(probing), there(WALL - 86_400_000), RULES);
    expect(place).toMatchObject({ mended: true, breaker: { mode: { probe: { until: 5_000_000 + 30_000 } } } });
  });

  it('is refused when it is not what it should be', () => {
    const good = JSON.parse(text(open));
    const bad: unknown[] = [
      null,
      [],
      {},
      { ...good, version: 2 },
      { ...good, failures: -1 },
      { ...good, failures: 1.5 },
      { ...good, mode: { state: 'open' } },
      { ...good, mode: { state: 'open', retryAt: 'tomorrow' } },
      { ...good, mode: { state: 'ajar' } },
      { ...good, reason: 7 },
    ];
    for (const value of bad) expect(decodeBreaker(JSON.stringify(value), here, RULES)).toBeNull();
    for (const junk of ['', '{', text(open).slice(0, 40), '\0\0\0\0'])
      expect(decodeBreaker(junk, here, RULES)).toBeNull();
  });
});
