import { describe, expect, it } from 'vitest';
import {
  type Breaker,
  breakerView,
  FRESH_BREAKER,
  type Moment,
} from '../../../electron/engine/connect/breaker/breaker.ts';
import { decodeBreakers, encodeBreakers } from '../../../electron/engine/connect/breaker/file.ts';

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
const TOLD = '2026-01-05T10:00:00.000Z';
const text = (breaker: Breaker) => encodeBreakers(new Map([[4002, { breaker, toldAt: TOLD }]]), here, 'r1');
/** The one breaker of a text. */
function decoded(json: string, now: Moment) {
  const stored = decodeBreakers(json, now, RULES);
  return stored && { breaker: stored.breakers.get(4002)?.breaker ?? FRESH_BREAKER, mended: stored.mended };
}
/** What the first version wrote: one breaker for everybody. */
const FIRST = {
  version: 1,
  revision: 'r0',
  mode: { state: 'held' },
  failures: 5,
  successes: 0,
  changedAt: TOLD,
  reason: 'by hand, in the terminal',
  toldAt: null,
};

describe("the breaker's file", () => {
  it('carries every mode from one process to another', () => {
    for (const breaker of [FRESH_BREAKER, open, probing, { ...open, mode: { kind: 'held' } } satisfies Breaker]) {
      const stored = decodeBreakers(text(breaker), { ...there(WALL), clock: here.clock }, RULES);
      expect(stored).toEqual({
        breakers: new Map([[4002, { breaker, toldAt: TOLD }]]),
        revision: 'r1',
        mended: false,
      });
    }
  });

  it('carries the breaker of each port, and that of guards without one', () => {
    const both = new Map([
      [4001, { breaker: open, toldAt: TOLD }],
      [null, { breaker: { ...FRESH_BREAKER, failures: 2 }, toldAt: null }],
    ]);
    expect(decodeBreakers(encodeBreakers(both, here, 'r1'), here, RULES)?.breakers).toEqual(both);
    expect(decodeBreakers(encodeBreakers(new Map(), here, 'r1'), here, RULES)?.breakers).toEqual(new Map());
  });

  it('in its first version is read as the breaker of guards without a port, and must be rewritten', () => {
    const stored = decodeBreakers(JSON.stringify(FIRST), here, RULES);
    expect(stored).toMatchObject({ revision: 'r0', mended: true });
    expect([...(stored?.breakers ?? [])]).toMatchObject([[null, { breaker: { mode: { kind: 'held' }, failures: 5 } }]]);
    expect(decodeBreakers(JSON.stringify({ ...FIRST, failures: -1 }), here, RULES)).toBeNull();
  });

  it('restores the rest of a deadline by the wall clock', () => {
    const stored = decoded(text(open), there(WALL + 20_000));
    expect(stored?.breaker.mode).toMatchObject({ kind: 'open', until: 5_000_000 + 40_000 });
  });

  it('is half-open at once after a sleep, a reboot or a jump forward', () => {
    const stored = decoded(text(open), there(WALL + 86_400_000));
    expect(stored && breakerView(stored.breaker, there(WALL + 86_400_000), RULES).state).toBe('half_open');
  });

  it('never waits longer than the recovery time after a jump back, and reports that the file must be repaired', () => {
    const stored = decoded(text(open), there(WALL - 86_400_000));
    expect(stored).toMatchObject({ mended: true, breaker: { mode: { kind: 'open', until: 5_000_000 + 60_000 } } });
    expect(stored?.breaker.mode).toMatchObject({ retryAt: new Date(WALL - 86_400_000 + 60_000).toISOString() });
    const place = decoded(text(probing), there(WALL - 86_400_000));
    expect(place).toMatchObject({ mended: true, breaker: { mode: { probe: { until: 5_000_000 + 30_000 } } } });
  });

  it('is refused when its content is invalid', () => {
    const good = JSON.parse(text(open));
    const one = good.breakers[0];
    const bad: unknown[] = [
      null,
      [],
      {},
      { ...good, version: 3 },
      { ...good, breakers: {} },
      ...[
        { port: 0 },
        { port: 70_000 },
        { failures: -1 },
        { failures: 1.5 },
        { mode: { state: 'open' } },
        { mode: { state: 'open', retryAt: 'tomorrow' } },
        { mode: { state: 'ajar' } },
        { reason: 7 },
      ].map((wrong) => ({ ...good, breakers: [{ ...one, ...wrong }] })),
    ];
    for (const value of bad) expect(decodeBreakers(JSON.stringify(value), here, RULES)).toBeNull();
    for (const junk of ['', '{', text(open).slice(0, 40), '\0\0\0\0'])
      expect(decodeBreakers(junk, here, RULES)).toBeNull();
  });
});
