import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clientZombies, hasPython, NO_PYTHON, startBot } from '../support/simulator/index.ts';
import { until } from '../support/until.ts';
import { Desk } from './desk.ts';

let desk: Desk;
beforeEach(async () => {
  desk = await Desk.open();
});
afterEach(() => desk.close());

describe.skipIf(!hasPython)(`settings and history${hasPython ? '' : ` (skipped: ${NO_PYTHON})`}`, () => {
  it('take effect at once, from the panel and from the file', async () => {
    const gateway = await desk.gateway();
    const ports = [{ port: gateway.port, label: 'Gateway paper' }];
    desk.settings({ ports });
    const bot = await startBot(desk.scene, { gateway, script: 'runner_async.py' });
    await clientZombies(gateway, bot, 2);
    const host = await desk.start();
    await desk.untilLevel('notice');

    await host.choose('settings');
    const panel = await host.panel();
    const field = panel.getByLabel(/Warn/).first();
    await field.fill('1');
    await field.press('Tab');
    await desk.untilLevel('warning');

    desk.settings({ ports, warningAbove: 0, criticalAbove: 1 });
    await desk.untilLevel('critical');
  });

  it('survive a restart of the app', async () => {
    const gateway = await desk.gateway();
    desk.settings({ ports: [{ port: gateway.port, label: 'Gateway paper' }] });
    const bot = await startBot(desk.scene, { gateway, script: 'runner_async.py' });
    await clientZombies(gateway, bot, 2);
    const first = await desk.start();
    await until(async () => (await first.state()).tray?.title === '2', { what: '2 in the title' });
    await first.choose('toggle-login');
    await until(async () => (await first.state()).tray?.menu.find(({ id }) => id === 'toggle-login')?.checked, {
      what: 'the tick at "Open at login"',
    });
    await first.choose('clean');
    const review = (await first.panel()).getByRole('dialog');
    await review.getByRole('button', { name: 'Stop 1 bot' }).click();
    await review.getByRole('button', { name: 'Done' }).waitFor();

    const second = await desk.restart();
    expect((await second.state()).tray?.menu.find(({ id }) => id === 'toggle-login')?.checked).toBe(true);
    expect(JSON.parse(readFileSync(join(desk.home, 'settings.json'), 'utf8'))).toMatchObject({ launchAtLogin: true });
    await second.clickTray();
    const panel = await second.panel();
    await panel.getByRole('button', { name: 'History' }).click();
    await panel
      .getByText(/runner_async\.py/)
      .first()
      .waitFor();
    await panel.getByText('Sexton stopped.').waitFor();
    await panel
      .getByText(/^Sexton .* started\.$/)
      .nth(1)
      .waitFor();
  });

  it('fall back to the defaults when the file is broken, and the panel says so', async () => {
    writeFileSync(join(desk.home, 'settings.json'), '{ "ports": [');
    const host = await desk.start();
    await host.clickTray();
    await (await host.panel()).getByText('The settings file was broken.').first().waitFor();
  });
});
