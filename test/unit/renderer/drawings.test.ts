import { describe, expect, it } from 'vitest';
import { chartColumns, chartRows, chartSummary, historyTotals } from '../../../renderer/history/chart-data.ts';
import { sparkPaths, sparkSummary } from '../../../renderer/home/spark.ts';
import { wishedHeight } from '../../../renderer/panel-height.ts';
import { guideAction, guideView, stepProgress } from '../../../renderer/restart/steps.ts';
import type { HistoryPoint } from '../../../shared/history.ts';
import type { RestartState } from '../../../shared/snapshot.ts';
import { HOUR, MINUTE, NOW, SECOND } from '../../support/panel/moments.ts';
import { NO_RECORD, recordOf } from '../../support/panel/records.ts';
import { RESTARTS } from '../../support/panel/restarts.ts';

/** The guide of a pictured state. */
function guideOf(name: keyof typeof RESTARTS): RestartState {
  const { restart } = RESTARTS[name];
  if (restart === null) throw new Error(`${name} shows no guide`);
  return restart;
}

function point(minutesAgo: number, client: number | null, gateway: number | null): HistoryPoint {
  return {
    at: new Date(NOW - minutesAgo * MINUTE).toISOString(),
    spanMs: MINUTE,
    client,
    gateway,
    level: 'clear',
    cleanups: 1,
    cleanupsClean: 1,
    breakerChanges: 0,
    connectAttempts: 2,
    connectRetries: 1,
  };
}

describe('the sparkline', () => {
  it('leaves a gap where the count was not known, and never draws it as 0', () => {
    const { lines } = sparkPaths([1, 2, null, null, 3, 4], 100, 20);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^M0\.0 .*L20\.0 /);
    expect(lines[1]).toMatch(/^M80\.0 .*L100\.0 /);
    expect(sparkSummary([1, 2, null, null, 3, 4])).toBe(
      'Last hour: from 1 to 4 now, at most 4, unknown for 2 of 6 points',
    );
  });

  it('draws nothing without a known count', () => {
    expect(sparkPaths([null, null], 100, 20)).toEqual({ lines: [], areas: [] });
    expect(sparkSummary([])).toBe('Last hour: no data yet');
    expect(sparkSummary([3, null])).toContain('unknown now');
  });
});

describe('the chart', () => {
  it('stacks the bots on the Gateway and breaks where nothing was seen or recorded', () => {
    const columns = chartColumns([point(10, 2, 1), point(9, null, null), point(5, 4, 0)]);
    expect(columns[1]).toEqual([1, null, null, 0]);
    expect(columns[2]).toEqual([3, null, null, 4]);
    expect(columns[0]).toHaveLength(4);
  });

  it('says its peak and how long nothing was seen', () => {
    const summary = chartSummary([point(10, 2, 1), point(9, null, null), point(8, 0, 0)]);
    expect(summary).toMatch(/^Peak: 3 zombie connections at \d\d:\d\d\. No data for 1 min\.$/);
    expect(chartSummary([])).toBe('Nothing has been recorded yet.');
    expect(chartSummary([point(1, 0, 0)])).toBe('No zombie connections.');
  });

  it('has a table with the peak of each period, newest first', () => {
    const rows = chartRows([point(80, 1, 0), point(75, 5, 2), point(2, null, null)], '24h');
    expect(rows.map(({ client, gateway }) => [client, gateway])).toEqual([
      [null, null],
      [5, 2],
    ]);
    expect(chartRows(recordOf('7d', 7).points, '7d').length).toBeLessThanOrEqual(29);
  });

  it('sums up, and has no success rate without a clean', () => {
    const totals = historyTotals({ points: [point(2, 0, 0), point(1, 0, 0)], events: [], cleanRate: 0.5 });
    expect(totals).toEqual({
      cleanups: 2,
      cleanRate: 0.5,
      breakerChanges: 0,
      connectAttempts: 4,
      connectRetries: 2,
    });
    expect(historyTotals(NO_RECORD).cleanRate).toBeNull();
  });
});

describe('the guide', () => {
  it('marks steps by what was seen', () => {
    const restart = guideOf('restart3');
    expect(guideView(restart).steps.map(({ state }) => state)).toEqual(['done', 'done', 'now', 'later', 'later']);
    expect(guideView(guideOf('restartDone')).finished).toBe(true);
  });

  it.each([
    ['restart1', 'stop-bots'],
    ['restart2', 'wait'],
    ['restart5', 'go-on'],
    ['restartUndone', 'go-on'],
    ['restartNoBots', 'go-on'],
    ['restartDone', 'finish'],
  ] as const)('offers in %s to %s', (name, action) => {
    expect(guideAction(guideOf(name))).toBe(action);
  });

  it('never offers to stop bots that the verdict protects', () => {
    const restart = guideOf('restart1');
    const bots = restart.bots?.map((bot) => ({
      ...bot,
      verdict: { kind: 'protected', reason: 'other-user' } as const,
    }));
    expect(guideAction({ ...restart, bots: bots ?? [] })).toBe('wait');
  });

  it('fills its bar with the time and not beyond', () => {
    expect(stepProgress(guideOf('restart3'), NOW)).toBeCloseTo(0.6);
    expect(stepProgress(guideOf('restart3'), NOW + HOUR)).toBe(1);
    expect(stepProgress(guideOf('restart3'), NOW - HOUR)).toBe(0);
    expect(stepProgress(guideOf('restart2'), NOW + SECOND)).toBeNull();
  });
});

describe('the wished height', () => {
  it('fits the panel, or the sheet with a strip of the panel above it', () => {
    expect(wishedHeight([40, 200.4, 30], [])).toBe(271);
    expect(wishedHeight([40, 100], [60, 200, 50])).toBe(354);
  });

  it('stays within what the contract allows', () => {
    expect(wishedHeight([10], [])).toBe(120);
    expect(wishedHeight([4_000], [])).toBe(760);
  });
});
