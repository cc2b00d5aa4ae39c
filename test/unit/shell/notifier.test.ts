import type { NotificationConstructorOptions } from 'electron';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AlertWatch } from '../../../electron/shell/alert-watch.ts';
import { Notifier } from '../../../electron/shell/notifier.ts';
import type { Alert } from '../../../shared/advice/alerts.ts';
import { fakeEngine } from '../../support/standin/fake-engine.ts';
import { portState, snapshotOf } from '../../support/standin/snapshots.ts';
import { Emitter } from '../../support/standin/world.ts';

class Shown extends Emitter {
  readonly options: NotificationConstructorOptions;
  shown = false;

  constructor(options: NotificationConstructorOptions) {
    super();
    this.options = options;
  }

  show(): void {
    this.shown = true;
  }

  close(): void {}
}

function notifier(isSupported = true) {
  const shown: Shown[] = [];
  const opened: string[] = [];
  const problems: (string | null)[] = [];
  let snoozes = 0;
  const notifier = new Notifier({
    isSupported: () => isSupported,
    create: (options) => {
      shown.push(new Shown(options));
      return shown.at(-1) as never;
    },
    onClick: (screen) => opened.push(screen),
    onSnooze: () => snoozes++,
    onProblem: (problem) => problems.push(problem),
  });
  return { notifier, shown, opened, problems, snoozes: () => snoozes };
}

const alert: Alert = { kind: 'zombies', severity: 'critical', title: '12', body: 'Twelve.', screen: 'restart' };

describe('a notification', () => {
  it('is as loud as the alert is bad', () => {
    const { notifier: one, shown } = notifier();
    one.show(alert);
    one.show({ ...alert, kind: 'all-clear', severity: 'quiet' });
    one.show({ ...alert, kind: 'auto-cleaned', severity: 'notice' });
    expect(shown.map(({ options }) => [options.urgency, options.silent, options.actions?.length ?? 0])).toEqual([
      ['critical', false, 1],
      ['low', true, 0],
      ['normal', false, 0],
    ]);
    expect(shown.every((notification) => notification.shown)).toBe(true);
  });

  it('opens the screen that the alert names, and its button snoozes', () => {
    const { notifier: one, shown, opened, snoozes } = notifier();
    one.show(alert);
    shown[0]?.emit('action', {});
    shown[0]?.emit('click', {});
    expect(opened).toEqual(['restart']);
    expect(snoozes()).toBe(1);
  });

  it('that fails is a problem until one gets through', () => {
    const { notifier: one, shown, problems } = notifier();
    one.show(alert);
    shown[0]?.emit('failed', {}, 'not allowed');
    one.show(alert);
    shown[1]?.emit('show', {});
    expect(problems).toEqual([expect.stringContaining('not allowed'), null]);
  });

  it('that the desktop does not offer is a problem', () => {
    const { notifier: one, shown, problems } = notifier(false);
    one.show(alert);
    expect(shown).toEqual([]);
    expect(problems).toEqual([expect.stringContaining('no notifications')]);
  });
});

describe('the alert watch', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const at = (second: number) => new Date(Date.UTC(2026, 10, 21, 9, 0, second)).toISOString();
  const six = (second: number) => snapshotOf({ at: at(second), level: 'warning', ports: [portState({ client: 6 })] });

  function watch() {
    const engine = fakeEngine();
    const said: string[] = [];
    let refreshed = 0;
    const one = new AlertWatch(
      engine,
      ({ title }) => said.push(title),
      () => refreshed++,
    );
    return { engine, said, one, refreshed: () => refreshed };
  }

  it('counts scans that the engine did not publish', () => {
    const { engine, said, one } = watch();
    engine.show(six(1));
    const quiet = { ...engine, snapshot: () => six(2) };
    Object.assign(engine, { snapshot: quiet.snapshot });
    vi.advanceTimersByTime(1_000);
    expect(said).toEqual(['6 zombie connections']);
    one.stop();
  });

  it('sets no timer while no alert is active', () => {
    const { engine, one } = watch();
    engine.show(snapshotOf({ at: at(1) }));
    expect(vi.getTimerCount()).toBe(0);
    one.stop();
  });

  it('has every change of an alert written down, also while notifications are switched off', async () => {
    const { engine, one } = watch();
    await engine.setSettings({ notifications: false });
    for (const second of [1, 2, 3]) engine.show(six(second));
    for (const second of [4, 5, 6, 7]) engine.show(snapshotOf({ at: at(second) }));
    const noted = engine.asked.filter(({ call }) => call === 'noteAlerts').map((asked) => asked.with);
    expect(noted).toMatchObject([[{ kind: 'raised', severity: 'warning' }], [{ kind: 'cleared' }]]);
    one.stop();
  });

  it('says nothing while notifications are switched off, and leaves no timer behind', async () => {
    const { engine, said, one } = watch();
    await engine.setSettings({ notifications: false });
    engine.show(six(1));
    engine.show(six(2));
    expect(said).toEqual([]);
    one.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('updates the menu when a snooze begins and ends', () => {
    const { one, refreshed } = watch();
    one.snooze();
    expect(one.isSnoozed).toBe(true);
    one.endSnooze();
    expect(one.isSnoozed).toBe(false);
    expect(refreshed()).toBe(2);
    one.stop();
  });
});
