import { describe, expect, it } from 'vitest';
import { historyLines, sparkline, worstPerColumn } from '../../../electron/terminal/commands/history/view.ts';
import { renderAll } from '../../../electron/terminal/screen/paint.ts';
import type { HistoryPoint, HistoryView } from '../../../shared/history.ts';
import { NOW } from './support.ts';

const HOUR_MS = 3_600_000;

function point(minutesAgo: number, client: number | null, more: Partial<HistoryPoint> = {}): HistoryPoint {
  return {
    at: new Date(NOW.getTime() - minutesAgo * 60_000).toISOString(),
    spanMs: 60_000,
    client,
    gateway: client === null ? null : 0,
    level: client === null ? 'blind' : 'notice',
    cleanups: 0,
    cleanupsClean: 0,
    breakerChanges: 0,
    connectAttempts: 0,
    connectRetries: 0,
    ...more,
  };
}

describe('worstPerColumn', () => {
  it('keeps the highest count of each interval, and null where none is known', () => {
    const points = [point(59, 2), point(50, 5), point(31, null), point(5, 0)];
    const to = NOW.getTime();
    expect(worstPerColumn(points, { from: to - HOUR_MS, to, columns: 4 })).toEqual([5, null, null, 0]);
  });
});

describe('sparkline', () => {
  it('draws zero, the maximum and an unknown count differently', () => {
    expect(sparkline([0, 1, 4, 8, null])).toBe('▁▂▅█·');
    expect(sparkline([0, 0])).toBe('▁▁');
  });
});

describe('historyLines', () => {
  const text = (view: HistoryView) =>
    renderAll(historyLines(view, { spanMs: 2 * HOUR_MS, now: NOW }, { columns: 100 }), { columns: 100, colour: false });

  it('shows a summary, a chart and the events', () => {
    const lines = text({
      points: [point(90, 3, { cleanups: 2, cleanupsClean: 1, connectAttempts: 4, connectRetries: 1 }), point(5, 0)],
      events: [{ at: NOW.toISOString(), kind: 'cleaned', text: 'Stopped \u001b[2J.' }],
      cleanRate: 0.5,
    });
    expect(lines[0]).toBe('Last 2 h: 2 cleanups (50 % left the ports clean), 4 connect attempts, 1 retry.');
    expect(lines[2]).toMatch(/^·{15}█·+▁·*$/);
    expect(lines[3]).toBe('Zombie connections, at most 3; a dot means unknown.');
    expect(lines[5]).toMatch(/^\d\d:\d\d {2}Stopped \\x1b\[2J\.$/);
  });

  it('says that no scan was recorded, and draws no chart', () => {
    expect(text({ points: [point(5, null)], events: [], cleanRate: null })[2]).toBe(
      'No scan was recorded in this time. The app records scans while it runs.',
    );
  });
});
