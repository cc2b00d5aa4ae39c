import { describe, expect, it } from 'vitest';
import type { JournalRecord } from '../../../electron/engine/record/journal/counters.ts';
import { recentFacts } from '../../../electron/engine/record/journal/recent-facts.ts';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const entry = (minutesAgo: number, event: string, more: Record<string, unknown> = {}): JournalRecord => ({
  at: new Date(NOW - minutesAgo * 60_000).toISOString(),
  event,
  ...more,
});
const failures = (...entries: JournalRecord[]) => recentFacts(entries, NOW).failuresAfterClean;

describe('failures after a clean', () => {
  it('are the failed connects of the last ten minutes', () => {
    expect(failures()).toBe(0);
    expect(failures(entry(11, 'connect_failed'), entry(9, 'connect_failed'), entry(1, 'connect_failed'))).toBe(2);
  });

  it('do not include those that were the bot’s own fault', () => {
    expect(
      failures(entry(2, 'connect_failed', { ownFault: true }), entry(1, 'connect_failed', { ownFault: false })),
    ).toBe(1);
  });

  it('start over after a success, and after a clean that left the ports clean', () => {
    const before = entry(5, 'connect_failed');
    const after = entry(1, 'connect_failed');
    expect(failures(before, entry(3, 'connect_succeeded'), after)).toBe(1);
    expect(failures(before, entry(3, 'clean_finished', { ok: true }), after)).toBe(1);
    expect(failures(before, entry(3, 'clean_finished', { ok: false }), after)).toBe(2);
  });
});

describe('repeat offenders', () => {
  const stopped = (planId: string, zombies = 2) =>
    entry(60, 'signal_planned', { planId, zombies, process: { name: 'runner.py' } });
  const offenders = (...entries: JournalRecord[]) => recentFacts(entries, NOW).repeatOffenders;

  it('are bots that were stopped for their zombies in three cleans', () => {
    expect(offenders(stopped('a'), stopped('b'), stopped('c'))).toEqual(['runner.py']);
  });

  it('do not include bots with fewer cleans, two signals in one clean, or a stop without zombies', () => {
    expect(offenders(stopped('a'), stopped('b'))).toEqual([]);
    expect(offenders(stopped('a'), stopped('b'), stopped('b'))).toEqual([]);
    expect(offenders(stopped('a'), stopped('b'), stopped('c', 0))).toEqual([]);
  });

  it('ignore entries of another form', () => {
    expect(offenders(entry(1, 'signal_planned', { zombies: 1 }), entry(1, 'signal_planned', { process: 7 }))).toEqual(
      [],
    );
  });
});
