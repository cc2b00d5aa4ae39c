import { describe, expect, it } from 'vitest';
import {
  type Alert,
  type AlertChange,
  type AlertState,
  alertChanges,
  alertsFor,
  endSnooze,
  isSnoozed,
  NO_ALERTS,
  REPEAT_MS,
  SNOOZE_MS,
  snoozeAlerts,
} from '../../../shared/advice/alerts.ts';
import { severity } from '../../../shared/severity.ts';
import type { PortState, Snapshot } from '../../../shared/snapshot.ts';
import { breaker, type Look, portState, snapshotOf } from '../../support/standin/snapshots.ts';

const thresholds = { warningAbove: 5, criticalAbove: 10 };
const START = Date.parse('2026-11-21T09:00:00.000Z');
const EVERY = 5_000;

/** Plays looks into the policy, five seconds apart, and collects what is said. */
class Player {
  now = START;
  state: AlertState = NO_ALERTS;
  previous: Snapshot | null = null;
  readonly changes: AlertChange[] = [];

  look(look: Look, everyMs = EVERY): Alert[] {
    this.now += everyMs;
    const at = new Date(this.now).toISOString();
    const bare = snapshotOf({ ...look, at });
    const next = { ...bare, level: severity(bare, thresholds) };
    const { alerts, state } = alertsFor(this.previous, next, this.now, this.state, thresholds);
    this.changes.push(...alertChanges(this.state, state, next));
    this.previous = next;
    this.state = state;
    return alerts;
  }

  looks(look: Look, times: number, everyMs = EVERY): Alert[] {
    return Array.from({ length: times }, () => this.look(look, everyMs)).flat();
  }
}

const said = (alerts: readonly Alert[]) => alerts.map(({ kind, severity }) => `${kind} ${severity}`);
const zombies = (client: number, gateway = 0): Look => ({ ports: [portState({ client, gateway })] });
const port = (overrides: Partial<PortState>, client = 0): Look => ({
  ports: [{ ...portState({ client }), ...overrides }],
});

describe('alerts', () => {
  it('say nothing up to five zombies', () => {
    expect(new Player().looks(zombies(5), 10)).toEqual([]);
  });

  it('say nothing because a count is unknown, but warn of what is known to be there', () => {
    const unknown = (client: number): Look => ({
      ports: [{ ...portState({ client }), zombies: { client, gateway: null, total: null } }],
    });
    expect(new Player().looks(unknown(0), 10)).toEqual([]);
    expect(said(new Player().looks(unknown(6), 2))).toEqual(['zombies warning']);
    const player = new Player();
    player.looks(zombies(6), 2);
    expect(player.looks(unknown(0), 10)).toEqual([]);
  });

  it('warn above five, at the second look in a row', () => {
    const player = new Player();
    expect(player.look(zombies(6))).toEqual([]);
    const alerts = player.look(zombies(6));
    expect(said(alerts)).toEqual(['zombies warning']);
    expect(alerts[0]).toMatchObject({ title: '6 zombie connections', screen: 'home' });
  });

  it('stay silent over a single look that found too many', () => {
    const player = new Player();
    player.looks(zombies(0), 2);
    player.look(zombies(20));
    expect(player.looks(zombies(0), 5)).toEqual([]);
  });

  it('do not take the same look twice for two', () => {
    const player = new Player();
    player.look(zombies(6));
    const again = alertsFor(player.previous, player.previous as Snapshot, player.now + 1_000, player.state, thresholds);
    expect(again.alerts).toEqual([]);
    expect(again.state).toBe(player.state);
  });

  it('are critical above ten', () => {
    expect(said(new Player().looks(zombies(11), 2))).toEqual(['zombies critical']);
  });

  it('escalate at once, without waiting for the repeat or a second look', () => {
    const player = new Player();
    player.looks(zombies(6), 2);
    expect(said(player.look(zombies(11)))).toEqual(['zombies critical']);
  });

  it('repeat after ten minutes and not before', () => {
    const player = new Player();
    player.looks(zombies(6), 2);
    expect(player.looks(zombies(6), REPEAT_MS / EVERY - 1)).toEqual([]);
    expect(said(player.look(zombies(6)))).toEqual(['zombies warning']);
  });

  it('are over at the third look in a row, quietly', () => {
    const player = new Player();
    player.looks(zombies(6), 2);
    expect(player.looks(zombies(0), 2)).toEqual([]);
    expect(said(player.look(zombies(0)))).toEqual(['all-clear quiet']);
    expect(player.looks(zombies(0), 5)).toEqual([]);
  });

  it('do not flap when the count swings around a threshold', () => {
    const player = new Player();
    const swinging = Array.from({ length: 40 }, (_, index) => player.look(zombies(index % 2 === 0 ? 11 : 10))).flat();
    expect(said(swinging)).toEqual(['zombies warning', 'zombies critical']);
  });

  it('do not say again within ten minutes what came back', () => {
    const player = new Player();
    player.looks(zombies(11), 2);
    player.looks(zombies(0), 3);
    expect(player.looks(zombies(11), 20)).toEqual([]);
  });

  it('report an open breaker, of Sexton or of the bots', () => {
    const own = new Player().looks({ breaker: breaker('open', { reason: '5 attempts failed.' }) }, 2);
    expect(said(own)).toEqual(['breaker critical']);
    expect(own[0]?.body).toContain('5 attempts failed.');
    const bots = new Player().looks({ runnerBreaker: breaker('open') }, 2);
    expect(bots[0]?.title).toContain('bots');
  });

  it('take half-open for a phase of open', () => {
    const player = new Player();
    player.looks({ breaker: breaker('open') }, 2);
    expect(player.looks({ breaker: breaker('half_open') }, 5)).toEqual([]);
    expect(said(player.looks({ breaker: breaker('closed') }, 3))).toEqual(['all-clear quiet']);
  });

  it('stay silent over a breaker that a person holds open', () => {
    expect(new Player().looks({ breaker: breaker('held') }, 5)).toEqual([]);
  });

  it('open the guided restart for a jammed Gateway and do not mention the zombies', () => {
    const alerts = new Player().looks(port({ jammed: true }, 12), 3);
    expect(said(alerts)).toEqual(['gateway critical']);
    expect(alerts[0]).toMatchObject({ screen: 'restart', title: 'The Gateway has stopped answering' });
  });

  it('open the guide when only a restart helps', () => {
    const advice = { kind: 'restart', text: 'IB Gateway keeps 3 connections and bots fail.', urgent: true } as const;
    const alerts = new Player().looks({ ...zombies(0, 3), advice }, 2);
    expect(said(alerts)).toEqual(['gateway critical']);
    expect(alerts[0]?.body).toContain(advice.text);
  });

  it('warn when Sexton cannot see, and keep an alarm that was on before', () => {
    const player = new Player();
    player.looks(zombies(11), 2);
    expect(said(player.looks({ blind: true }, 4))).toEqual(['blind warning']);
    expect(said(player.looks(zombies(11), 3))).toEqual([]);
    expect(said(player.looks(zombies(0), 3))).toEqual(['all-clear quiet']);
  });

  it('warn after five seconds of blindness, also when no further failure is reported', () => {
    const player = new Player();
    player.look({ blind: true });
    const first = player.previous as Snapshot;
    expect(alertsFor(first, first, player.now + 4_999, player.state, thresholds).alerts).toEqual([]);
    expect(said(alertsFor(first, first, player.now + 5_000, player.state, thresholds).alerts)).toEqual([
      'blind warning',
    ]);
  });

  it('report every bot that automatic cleaning stopped, once', () => {
    const player = new Player();
    player.look(zombies(2));
    const stopped = [
      { pid: 11, name: 'runner_async.py', signal: 'SIGTERM' as const },
      { pid: 12, name: 'app.py', signal: 'SIGKILL' as const },
    ];
    const result = { ok: true, message: '', stopped, refused: [], remaining: 0, durationMs: 100 };
    const cleanup = { kind: 'done', at: '2026-11-21T09:00:10.000Z', by: 'auto', result } as const;
    const alerts = player.looks({ ...zombies(0), cleanup }, 4);
    expect(said(alerts)).toEqual(['auto-cleaned notice', 'auto-cleaned notice']);
    expect(alerts[1]).toMatchObject({ title: 'Stopped app.py (12)' });
    expect(alerts[1]?.body).toContain('SIGKILL');
  });

  it('do not report an old or a confirmed clean', () => {
    const stopped = [{ pid: 11, name: 'runner.py', signal: 'SIGTERM' as const }];
    const result = { ok: true, message: '', stopped, refused: [], remaining: 0, durationMs: 100 };
    const old = { kind: 'done', at: '2026-11-21T08:00:00.000Z', by: 'auto', result } as const;
    expect(new Player().looks({ cleanup: old }, 3)).toEqual([]);
    const player = new Player();
    player.look({});
    expect(player.looks({ cleanup: { ...old, by: 'user' } }, 3)).toEqual([]);
  });
});

describe('a snooze', () => {
  it('holds back what is known, for an hour, and then says it', () => {
    const player = new Player();
    player.looks(zombies(6), 2);
    player.state = snoozeAlerts(player.state, player.now);
    expect(isSnoozed(player.state, player.now)).toBe(true);
    expect(player.looks(zombies(6), SNOOZE_MS / 60_000 - 1, 60_000)).toEqual([]);
    expect(said(player.looks(zombies(6), 2, 60_000))).toEqual(['zombies warning']);
  });

  it('lets something worse through', () => {
    const player = new Player();
    player.looks(zombies(6), 2);
    player.state = snoozeAlerts(player.state, player.now);
    expect(said(player.looks(port({ jammed: true }, 6), 2))).toEqual(['gateway critical']);
  });

  it('of something critical holds back everything', () => {
    const player = new Player();
    player.looks(zombies(11), 2);
    player.state = snoozeAlerts(player.state, player.now);
    expect(player.looks({ ...zombies(11), breaker: breaker('open') }, 5)).toEqual([]);
    player.state = endSnooze(player.state);
    expect(said(player.look({ ...zombies(11), breaker: breaker('open') }))).toEqual(['breaker critical']);
  });
});

describe('after a sleep or a pause', () => {
  it('nothing is replayed', () => {
    const player = new Player();
    player.looks(zombies(11), 2);
    player.look({ ...zombies(11), stale: true });
    expect(player.look(zombies(11), 8 * 3_600_000)).toEqual([]);
    expect(player.looks(zombies(11), 20)).toEqual([]);
    expect(said(player.looks(zombies(11), REPEAT_MS / EVERY))).toEqual(['zombies critical']);
  });

  it('an unannounced gap counts as one', () => {
    const player = new Player();
    player.looks(zombies(6), 2);
    expect(player.look(zombies(6), 8 * 3_600_000)).toEqual([]);
  });

  it('one look from before does not count towards two', () => {
    const player = new Player();
    player.look(zombies(6));
    player.look({ ...zombies(6), paused: true });
    expect(player.look(zombies(6), 3_600_000)).toEqual([]);
    expect(said(player.look(zombies(6)))).toEqual(['zombies warning']);
  });

  it('a clock that was set back does not silence alerts for good', () => {
    const player = new Player();
    player.looks(zombies(6), 2);
    player.now -= 24 * 3_600_000;
    player.look(zombies(6));
    expect(said(player.looks(zombies(6), REPEAT_MS / EVERY))).toEqual(['zombies warning']);
  });
});

describe("a Gateway's restart", () => {
  const away = (client: number) => port({ listening: false, gateway: null }, client);
  const back = (client: number) => port({ gateway: { ...gateway, pid: 777 } }, client);
  const gateway = {
    pid: 655,
    startedAt: '2026-11-20T23:00:00.000Z',
    uid: 501,
    name: 'IB Gateway',
    commandLine: 'java',
  };

  it('is no alarm while it is away, nor while its bots recover', () => {
    const player = new Player();
    player.looks(port({ gateway }), 2);
    expect(player.looks({ ...away(12), breaker: breaker('open') }, 20)).toEqual([]);
    expect(player.looks({ ...back(12), breaker: breaker('open') }, 50)).toEqual([]);
    expect(player.looks(back(0), 10)).toEqual([]);
  });

  it('is an alarm five minutes after it came back, if the bots have not recovered', () => {
    const player = new Player();
    player.looks(port({ gateway }), 2);
    player.looks(away(12), 20);
    expect(said(player.looks(back(12), (5 * 60_000) / EVERY + 2))).toEqual(['zombies critical']);
  });

  it('is noticed by the listener’s identity when it was too quick to be seen away', () => {
    const player = new Player();
    player.looks(port({ gateway }), 2);
    expect(player.looks(back(12), 50)).toEqual([]);
  });

  it('that never ends is one', () => {
    const player = new Player();
    player.looks(port({ gateway }), 2);
    expect(player.looks(away(12), 59)).toEqual([]);
    expect(said(player.looks(away(12), 4))).toEqual(['zombies critical']);
  });

  it('on one port does not hide zombies on another', () => {
    const player = new Player();
    const other = portState({ port: 4002, client: 6 });
    player.looks({ ports: [{ ...portState({}), gateway }, other].slice(0, 1) }, 1);
    const mixed = { ports: [{ ...portState({ client: 3 }), listening: false, gateway: null }, other] };
    expect(said(player.looks(mixed, 2))).toEqual(['zombies warning']);
  });

  it('that a person is led through is silent throughout', () => {
    const player = new Player();
    const restart = { step: 2, startedAt: '2026-11-21T09:00:00.000Z', waitingFor: '', steps: [] } as const;
    expect(player.looks({ ...zombies(12), restart: { ...restart, steps: [] } }, 200)).toEqual([]);
  });
});

describe('the record of alerts', () => {
  const recorded = ({ changes }: Player) => changes.map(({ kind, text }) => `${kind}: ${text}`);

  it('has each condition once when it is raised, when it gets worse and when it is over', () => {
    const player = new Player();
    player.looks(zombies(7), 20);
    player.looks(zombies(12), 200);
    player.looks(zombies(0), 5);
    expect(recorded(player)).toEqual([
      'raised: Warning: 7 zombie connections.',
      'raised: Critical: 12 zombie connections.',
      'cleared: Resolved: zombie connections are back below the limit.',
    ]);
    expect(player.changes.map(({ severity: level }) => level)).toEqual(['warning', 'critical', 'critical']);
  });

  it('has what a snooze holds back', () => {
    const player = new Player();
    player.looks(zombies(7), 3);
    player.state = snoozeAlerts(player.state, player.now);
    player.looks(zombies(0), 5);
    player.looks(zombies(7), 5);
    expect(player.changes.map(({ kind }) => kind)).toEqual(['raised', 'cleared', 'raised']);
  });

  it.each<[string, Look, string]>([
    ['a jam', port({ jammed: true }), 'raised: Critical: The Gateway has stopped answering.'],
    ['an open breaker', { breaker: breaker('open') }, 'raised: Critical: The circuit breaker is open.'],
    ['a look that failed', { blind: true }, 'raised: Warning: Sexton cannot see the connections.'],
  ])('names %s, and says when it is over', (_, look, raised) => {
    const player = new Player();
    player.looks(look, 3);
    player.looks({}, 4);
    expect(recorded(player)[0]).toBe(raised);
    expect(recorded(player).slice(1)).toEqual([expect.stringMatching(/^cleared: Resolved: .*\.$/)]);
  });
});
