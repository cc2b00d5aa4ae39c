import { describe, expect, it } from 'vitest';
import { historyCsv, historyJson } from '../../../electron/engine/record/history/export.ts';
import { EMPTY_RING, recordSample } from '../../../electron/engine/record/history/ring.ts';
import { historyView, MAX_EVENTS } from '../../../electron/engine/record/history/view.ts';
import type { JournalRecord } from '../../../electron/engine/record/journal/counters.ts';
import {
  alertEvent,
  appEvent,
  breakerMetrics,
  breakerStateChange,
  cleanFinished,
  connectAttempt,
  connectOutcome,
  type JournalEntry,
  lockEvent,
  signalPlanned,
  signalSent,
} from '../../../electron/engine/record/journal/entries.ts';
import type { BreakerState, CleanResult } from '../../../shared/snapshot.ts';
import { clockTime } from '../../../shared/words/format.ts';
import { historyEvent } from '../../../shared/words/history.ts';

const NOW = Date.parse('2026-03-08T12:07:30.000Z');
const MINUTE = 60_000;
const DAY = 86_400_000;
const iso = (time: number) => new Date(time).toISOString();
/** As the journal gives it back. */
const read = (entry: JournalEntry): JournalRecord => JSON.parse(JSON.stringify(entry));

const clean = (ok: boolean): CleanResult => ({
  ok,
  message: ok ? 'Port clean.' : '2 connections remain.',
  stopped: [{ pid: 4312, name: 'runner.py', signal: 'SIGTERM' }],
  refused: [],
  remaining: ok ? 0 : 2,
  durationMs: 900,
});
const breaker = (state: BreakerState['state'], failures = 5): BreakerState => ({
  state,
  failures,
  successes: 0,
  threshold: 5,
  changedAt: null,
  retryAt: null,
  reason: null,
});
const bot = { pid: 4312, startedAt: '2026-03-08T09:00:00.000Z', uid: 501, name: 'runner.py', commandLine: 'secret' };

describe('the view', () => {
  it('has minutes in the last day and quarters of an hour before', () => {
    let ring = EMPTY_RING;
    for (let time = NOW - 3 * DAY; time <= NOW; time += MINUTE) {
      ring = recordSample(ring, { client: 1, gateway: 0, level: 'notice' }, time);
    }
    const { points } = historyView({ ring, entries: [], from: NOW - 7 * DAY, now: NOW });
    const spans = points.map(({ spanMs }) => spanMs);
    expect(spans.indexOf(60_000)).toBe(spans.lastIndexOf(900_000) + 1);
    const firstMinute = points.find(({ spanMs }) => spanMs === 60_000);
    expect(firstMinute?.at).toBe('2026-03-07T12:00:00.000Z');
    expect(points.filter(({ spanMs }) => spanMs === 900_000)).toHaveLength(192);
    for (const [index, { at, spanMs }] of points.entries()) {
      const next = points[index + 1];
      if (next) expect(Date.parse(next.at)).toBe(Date.parse(at) + spanMs);
    }
    const hour = historyView({ ring, entries: [], from: NOW - 60 * MINUTE, now: NOW });
    expect(hour.points).toHaveLength(61);
  });

  it('adds the journal’s counts to their stretch, even where nothing was watching', () => {
    const ring = recordSample(EMPTY_RING, { client: 3, gateway: 1, level: 'notice' }, NOW);
    const entries = [
      read(cleanFinished(iso(NOW - 1_000), { by: 'user', planId: 'p', result: clean(true) })),
      read(cleanFinished(iso(NOW), { by: 'auto', planId: 'p', result: clean(false) })),
      read(connectAttempt(iso(NOW - 2 * DAY), { attempt: 1, bot: 'a', port: null })),
      read(connectAttempt(iso(NOW - 2 * DAY + 1), { attempt: 2, bot: 'a', port: null })),
      read(breakerStateChange(iso(NOW), breaker('open'))),
      read(cleanFinished(iso(NOW - 8 * DAY), { by: 'user', planId: 'p', result: clean(true) })),
    ];
    const view = historyView({ ring, entries, from: NOW - 7 * DAY, now: NOW });
    expect(view.points).toEqual([
      {
        at: '2026-03-06T12:00:00.000Z',
        spanMs: 900_000,
        client: null,
        gateway: null,
        level: 'blind',
        cleanups: 0,
        cleanupsClean: 0,
        breakerChanges: 0,
        connectAttempts: 2,
        connectRetries: 1,
      },
      {
        at: '2026-03-08T12:07:00.000Z',
        spanMs: 60_000,
        client: 3,
        gateway: 1,
        level: 'notice',
        cleanups: 2,
        cleanupsClean: 1,
        breakerChanges: 1,
        connectAttempts: 0,
        connectRetries: 0,
      },
    ]);
    expect(view.cleanRate).toBe(0.5);
  });

  it('leaves out the future, gives no rate without cleanups, and at most the latest events', () => {
    const ring = recordSample(EMPTY_RING, { client: 3, gateway: 1, level: 'notice' }, NOW + DAY);
    const entries = Array.from({ length: MAX_EVENTS + 20 }, (_, index) =>
      read(
        connectOutcome(iso(NOW - 1_000), 'connect_succeeded', {
          attempt: index,
          bot: 'a',
          durationMs: 1,
          reason: null,
          retryInMs: null,
          ownFault: false,
        }),
      ),
    );
    const view = historyView({ ring, entries, from: NOW - DAY, now: NOW });
    expect(view.points).toEqual([]);
    expect(view.cleanRate).toBeNull();
    expect(view.events).toHaveLength(MAX_EVENTS);
    expect(view.events.at(-1)?.text).toContain(`attempt ${MAX_EVENTS + 19} `);
  });
});

describe('an entry', () => {
  it('keeps no command line', () => {
    const planned = signalPlanned({
      ...{ at: iso(NOW), process: bot, signal: 'SIGTERM', by: 'user', planId: 'p', reason: 'python' },
      ...{ ports: [4002], zombies: 3 },
    });
    expect(JSON.stringify(planned)).not.toContain('secret');
    expect(planned).toMatchObject({ event: 'signal_planned', process: { pid: 4312, name: 'runner.py' }, zombies: 3 });
  });

  it('about the breaker uses the bots’ field names', () => {
    expect(breakerStateChange(iso(NOW), breaker('half_open', 2))).toEqual({
      at: iso(NOW),
      event: 'circuit_breaker_state_change',
      metric_type: 'circuit_breaker_state',
      state: 'half_open',
      failure_count: 2,
      success_count: 0,
      timestamp: iso(NOW),
    });
    expect(breakerMetrics(iso(NOW), breaker('open'))).toEqual({
      at: iso(NOW),
      event: 'circuit_breaker_metrics',
      metric_type: 'circuit_breaker_counters',
      failures: 5,
      successes: 0,
      state: 'open',
    });
  });

  const at = iso(NOW);
  const sent = (outcome: Parameters<typeof signalSent>[0]['outcome']) =>
    signalSent({ at, process: bot, signal: 'SIGTERM', planId: 'p', outcome });
  it.each<[JournalEntry, string | null]>([
    [cleanFinished(at, { by: 'auto', planId: 'p', result: clean(true) }), 'Automatic cleaning: Port clean.'],
    [sent({ kind: 'sent' }), 'SIGTERM was sent to runner.py (4312).'],
    [sent({ kind: 'replaced' }), 'Another process now has the pid of runner.py (4312); SIGTERM was not sent.'],
    [sent({ kind: 'failed', detail: 'x' }), 'SIGTERM to runner.py (4312) failed.'],
    [breakerStateChange(at, breaker('open')), 'The circuit breaker opened after 5 failures.'],
    [breakerStateChange(at, breaker('open'), 4002), 'The circuit breaker of port 4002 opened after 5 failures.'],
    [breakerMetrics(at, breaker('open')), null],
    [
      connectOutcome(at, 'connect_failed', {
        attempt: 2,
        bot: 'run.py',
        durationMs: 1,
        reason: 'no answer',
        retryInMs: 4_000,
        ownFault: false,
      }),
      'Attempt 2 of run.py failed: no answer. Next attempt in 4 s.',
    ],
    [
      lockEvent(at, 'lock_timeout', { path: '/l', durationMs: 30_000, holder: { pid: 7, name: 'b.py' } }),
      'The handshake lock was not free within 30 s: held by b.py (7).',
    ],
    [appEvent(at, 'app_started', { program: 'app', version: '0.1.0', pid: 1 }), 'Sexton 0.1.0 started.'],
    [
      appEvent(at, 'paused', { program: 'command', version: '0.1.0', pid: 1, until: iso(NOW + 60_000) }),
      `Paused until ${clockTime(iso(NOW + 60_000))}.`,
    ],
    [appEvent(at, 'resumed', { program: 'app', version: '0.1.0', pid: 1 }), 'Resumed.'],
    [alertEvent(at, 'alert_raised', 'warning', 'Warning: 7 zombie connections.'), 'Warning: 7 zombie connections.'],
    [
      { at, event: 'lines_lost', lines: 1, since: '2026-03-08T12:00:00.000Z', code: 'disk-full' },
      'The journal lost 1 line after 2026-03-08T12:00:00.000Z (disk-full).',
    ],
  ])('%j is shown as %j', (entry, text) => {
    expect(historyEvent(read(entry))?.text ?? null).toBe(text);
  });

  it('written by another program is shown as far as possible, or left out', () => {
    expect(historyEvent({ at, event: 'something_new' })).toBeNull();
    expect(historyEvent({ at, event: 'signal_sent', outcome: 'sent', signal: 'SIGTERM' })?.text).toBe(
      'SIGTERM was sent to a process.',
    );
    expect(historyEvent({ at, event: 'signal_sent', outcome: 'odd' })).toBeNull();
  });
});

describe('export', () => {
  const view = historyView({
    ring: recordSample(EMPTY_RING, { client: null, gateway: null, level: 'blind' }, NOW),
    entries: [],
    from: NOW - MINUTE,
    now: NOW,
  });

  it('writes CSV with a header and empty fields for what is not known', () => {
    expect(historyCsv(view)).toBe(
      'at,spanMs,level,client,gateway,cleanups,cleanupsClean,breakerChanges,connectAttempts,connectRetries\n' +
        '2026-03-08T12:07:00.000Z,60000,blind,,,0,0,0,0,0\n',
    );
  });

  it('writes JSON with null for what is not known', () => {
    expect(JSON.parse(historyJson(view))).toEqual(view);
    expect(JSON.parse(historyJson(view)).points[0].client).toBeNull();
  });
});
