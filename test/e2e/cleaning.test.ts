import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  clientZombies,
  gatewayZombies,
  hasPython,
  liveSession,
  NO_PYTHON,
  runs,
  startBot,
} from '../support/simulator/index.ts';
import { until } from '../support/until.ts';
import { Desk } from './desk.ts';

let desk: Desk;
beforeEach(async () => {
  desk = await Desk.open();
});
afterEach(() => desk.close());

describe.skipIf(!hasPython)(`the app, cleaning${hasPython ? '' : ` (skipped: ${NO_PYTHON})`}`, () => {
  it('lists the right targets, refuses the Gateway and a live bot, and frees the number it shows', async () => {
    const gateway = await desk.gateway();
    desk.settings({ ports: [{ port: gateway.port, label: 'Gateway paper' }] });
    const idle = await startBot(desk.scene, { gateway, script: 'runner_async.py' });
    const trading = await startBot(desk.scene, { gateway, script: 'research.py' });
    await clientZombies(gateway, idle, 2);
    await clientZombies(gateway, trading, 1);
    await liveSession(gateway, trading);
    await gatewayZombies(gateway, 1);

    const host = await desk.start();
    await until(async () => (await host.state()).tray?.title === '4', { what: '4 in the title' });
    await host.choose('clean');
    const panel = await host.panel();
    const review = panel.getByRole('dialog');
    const rowOf = (name: string) => review.locator('li', { hasText: name });
    await rowOf('runner_async.py').getByText('Stop', { exact: true }).waitFor();
    await rowOf('research.py').getByText('Live session', { exact: true }).waitFor();
    await rowOf('gateway.py').getByText('Protected', { exact: true }).waitFor();
    const stops = review.locator('ul', { hasText: 'runner_async.py' }).locator('> li');
    expect(await stops.count()).toBe(1);
    // Cancel has the focus: Enter does no harm.
    expect(
      await review.getByRole('button', { name: 'Cancel' }).evaluate((button) => button === document.activeElement),
    ).toBe(true);

    await review.getByRole('button', { name: 'Stop 1 bot' }).click();
    expect(await idle.puppet.exited).toEqual({ code: null, signal: 'SIGTERM' });
    await review.getByRole('button', { name: 'Done' }).click();
    await until(async () => (await host.state()).tray?.title === '2', { what: '2 in the title' });
    expect(runs(trading.puppet.pid)).toBe(true);
    expect(runs(gateway.puppet.pid)).toBe(true);
  });

  it('can be used with the keyboard alone', async () => {
    const gateway = await desk.gateway();
    desk.settings({ ports: [{ port: gateway.port, label: 'Gateway paper' }] });
    const bot = await startBot(desk.scene, { gateway, script: 'runner_async.py' });
    await clientZombies(gateway, bot, 2);
    const host = await desk.start();
    await until(async () => (await host.state()).tray?.title === '2', { what: '2 in the title' });
    await host.clickTray();
    const panel = await host.panel();
    const clean = panel.getByRole('button', { name: 'Clean 2 connections…' });
    await clean.waitFor();
    const focused = () => panel.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
    const tabTo = async (label: string) => {
      for (let presses = 0; presses < 30; presses++) {
        if ((await focused()) === label) return;
        await panel.keyboard.press('Tab');
      }
      throw new Error(`Tab does not reach ${label}`);
    };
    await tabTo('Clean 2 connections…');
    await panel.keyboard.press('Enter');
    await panel.getByRole('button', { name: 'Stop 1 bot' }).waitFor();
    await until(async () => (await focused()) === 'Cancel', { what: 'the focus on Cancel' });
    await panel.keyboard.press('Tab');
    expect(await focused()).toBe('Stop 1 bot');
    await panel.keyboard.press('Space');
    expect(await bot.puppet.exited).toEqual({ code: null, signal: 'SIGTERM' });
    await panel.getByRole('button', { name: 'Done' }).waitFor();
    await until(async () => (await host.state()).tray?.title === '', { what: 'an empty title' });
  });
});
