import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBreakerStore } from '../../electron/engine/connect/breaker/store.ts';
import { createFileMutex } from '../../electron/engine/record/files/mutex.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../shared/settings/settings.ts';
import { clientZombies, hasPython, NO_PYTHON, startBot } from '../support/simulator/index.ts';
import { thisPlatform } from '../support/system.ts';
import { until } from '../support/until.ts';
import { Desk } from './desk.ts';

let desk: Desk;
beforeEach(async () => {
  desk = await Desk.open();
});
afterEach(() => desk.close());

/** Reports failed connects as guards do, from outside the app. */
async function failConnects(times: number): Promise<void> {
  const platform = thisPlatform();
  const breaker = createBreakerStore({
    path: `${desk.home}/breaker.json`,
    mutex: createFileMutex(platform.flock, `${desk.home}/breaker.lock`),
    rules: () => DEFAULT_SETTINGS.breaker,
    sink: { append: () => undefined },
    platform,
    reports: {
      report: ({ code }) => {
        throw new Error(code);
      },
      passed: () => undefined,
    },
  });
  for (let attempt = 0; attempt < times; attempt++) {
    const admitted = await breaker.admit(10_000);
    if (admitted.allowed) await admitted.failed('The Gateway did not answer.');
  }
}

describe('the circuit breaker', () => {
  it('makes the icon critical and notifies when it opens, and is closed again from the panel', async () => {
    desk.settings({});
    const host = await desk.start();
    await desk.untilLevel('clear');
    await failConnects(5);
    await desk.untilLevel('critical');
    const said = await until(async () => (await host.state()).notifications[0], { what: 'the notification' });
    expect(said).toMatchObject({ title: 'The circuit breaker is open', urgency: 'critical' });
    expect(said.body).toContain('The Gateway did not answer.');

    await host.notification(0, 'click');
    const panel = await host.panel();
    await panel.getByText('Open', { exact: true }).first().waitFor();
    await panel.getByRole('button', { name: 'Reset' }).click();
    await desk.untilLevel('clear');
  });
});

describe.skipIf(!hasPython)(`notifications${hasPython ? '' : ` (skipped: ${NO_PYTHON})`}`, () => {
  const alarm = async (count: number, settings: Partial<Settings> = {}) => {
    const gateway = await desk.gateway();
    const ports = [{ port: gateway.port, label: 'Gateway paper' }];
    desk.settings({ ports, warningAbove: 0, criticalAbove: 1, ...settings });
    const bot = await startBot(desk.scene, { gateway, script: 'runner_async.py' });
    await clientZombies(gateway, bot, count);
  };

  it('that fail are reported in the panel instead', async () => {
    await alarm(1);
    const host = await desk.start();
    await host.failNotifications('failed');
    await desk.untilLevel('warning');
    await host.clickTray();
    const panel = await host.panel();
    const banner = panel.getByText('Notifications are not reaching you.');
    await banner.waitFor();
    await panel.getByText(/not allowed for this application/).waitFor();
    expect((await host.state()).notifications).toEqual([]);
  });

  it('that the desktop does not offer are reported in the panel too', async () => {
    await alarm(1);
    const host = await desk.start();
    await host.failNotifications('unsupported');
    await desk.untilLevel('warning');
    await host.clickTray();
    await (await host.panel()).getByText(/offers no notifications/).waitFor();
  });

  it('are snoozed by their own button, and the menu shows that', async () => {
    await alarm(1);
    const host = await desk.start();
    await until(async () => (await host.state()).notifications[0], { what: 'the notification' });
    await host.notification(0, 'action');
    const { tray } = await host.state();
    expect(tray?.menu.some(({ id }) => id === 'end-snooze')).toBe(true);
  });

  it('are not shown at all when they are switched off', async () => {
    await alarm(2, { notifications: false });
    const host = await desk.start();
    await desk.untilLevel('critical');
    await host.clickTray();
    // Two more looks than an alert takes.
    await desk.untilLooks(4);
    expect((await host.state()).notifications).toEqual([]);
    // The record has them all the same.
    const panel = await host.panel();
    await panel.getByRole('button', { name: 'History' }).click();
    await panel.getByText('Critical: 2 zombie connections.').waitFor();
  });
});
