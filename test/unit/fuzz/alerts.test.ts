import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Alert,
  type AlertState,
  alertsFor,
  NO_ALERTS,
  REPEAT_MS,
  snoozeAlerts,
} from '../../../shared/advice/alerts.ts';
import { ALERT_CONDITIONS, type AlertCondition } from '../../../shared/advice/conditions.ts';
import { severity } from '../../../shared/severity.ts';
import type { Snapshot } from '../../../shared/snapshot.ts';
import { breaker, type Look, portState, snapshotOf } from '../../support/standin/snapshots.ts';
import { runs, TIMEOUT_MS } from './runs.ts';

const thresholds = { warningAbove: 5, criticalAbove: 10 };
const START = Date.parse('2026-11-21T09:00:00.000Z');
const RANK = { quiet: 0, notice: 0, warning: 1, critical: 2 };

type Step = { look: Look | 'blind' | 'stale' | 'snooze'; times: number; everyMs: number };

const zombies = (client: number): Look => ({ ports: [portState({ client })] });
const look: fc.Arbitrary<Step['look']> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(0, 5, 6, 10, 11, 40).map(zombies) },
  { weight: 2, arbitrary: fc.constant<Look>({ ports: [{ ...portState({ client: 3 }), jammed: true }] }) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('open', 'half_open', 'closed')
      .map((state): Look => ({ ports: [portState({ client: 0 })], breaker: breaker(state as 'open') })),
  },
  { weight: 1, arbitrary: fc.constant<Look>({ ports: [{ ...portState({ client: 7 }), listening: false }] }) },
  { weight: 1, arbitrary: fc.constantFrom('blind' as const, 'stale' as const) },
);
const step: fc.Arbitrary<Step> = fc.record({
  look: fc.oneof({ weight: 20, arbitrary: look }, { weight: 1, arbitrary: fc.constant('snooze' as const) }),
  times: fc.integer({ min: 1, max: 12 }),
  everyMs: fc.constantFrom(1_000, 5_000, 15_000, 60_000),
});

interface Said extends Alert {
  at: number;
  look: number;
}

/** Plays the steps and notes what was said at which look. */
function play(steps: readonly Step[]): { said: Said[]; looks: number } {
  let now = START;
  let state: AlertState = NO_ALERTS;
  let previous: Snapshot | null = null;
  let looks = 0;
  const said: Said[] = [];
  for (const { look: what, times, everyMs } of steps) {
    if (what === 'snooze') {
      state = snoozeAlerts(state, now);
      continue;
    }
    for (let turn = 0; turn < times; turn += 1) {
      now += everyMs;
      looks += 1;
      const bare = snapshotOf({ ...(typeof what === 'object' ? what : zombies(0)), at: new Date(now).toISOString() });
      const scan =
        what === 'blind'
          ? { ...bare.scan, kind: 'failed' as const }
          : { ...bare.scan, kind: what === 'stale' ? ('stale' as const) : bare.scan.kind };
      const seen = { ...bare, scan };
      const next: Snapshot = { ...seen, level: severity(seen, thresholds) };
      const answer = alertsFor(previous, next, now, state, thresholds);
      said.push(...answer.alerts.map((alert) => ({ ...alert, at: now, look: looks })));
      previous = next;
      state = answer.state;
    }
  }
  return { said, looks };
}

describe('alerts, through any sequence of scans', { timeout: TIMEOUT_MS }, () => {
  const day = fc.array(step, { minLength: 1, maxLength: 40 });

  it('never flap: an alert is repeated only after ten minutes or when it gets worse', () => {
    let alarms = 0;
    fc.assert(
      fc.property(day, (steps) => {
        const last = new Map<AlertCondition, Said>();
        for (const alert of play(steps).said) {
          if (!ALERT_CONDITIONS.includes(alert.kind as AlertCondition)) continue;
          alarms += 1;
          const kind = alert.kind as AlertCondition;
          const before = last.get(kind);
          if (before && RANK[alert.severity] <= RANK[before.severity]) {
            expect(alert.at - before.at).toBeGreaterThanOrEqual(REPEAT_MS);
          }
          last.set(kind, alert);
        }
      }),
      runs(400),
    );
    expect(alarms).toBeGreaterThan(100);
  });

  it('say nothing before a second scan, and "all clear" only once after an alert', () => {
    fc.assert(
      fc.property(day, (steps) => {
        let alarmed = false;
        for (const alert of play(steps).said) {
          expect(alert.look).toBeGreaterThanOrEqual(2);
          if (alert.kind === 'all-clear') {
            expect(alarmed).toBe(true);
            alarmed = false;
          } else alarmed = true;
        }
      }),
      runs(400),
    );
  });

  it('are at most two in ten minutes when a count crosses a threshold with every scan', () => {
    const swing = fc.array(fc.constantFrom(4, 5, 6, 7, 9, 10, 11, 12), { minLength: 2, maxLength: 100 });
    fc.assert(
      fc.property(swing, (counts) => {
        const { said } = play(counts.map((client) => ({ look: zombies(client), times: 1, everyMs: 5_000 })));
        // One warning and one escalation; 100 looks of 5 s are less than ten minutes.
        expect(said.filter(({ kind }) => kind === 'zombies').length).toBeLessThanOrEqual(2);
      }),
      runs(400),
    );
  });
});
