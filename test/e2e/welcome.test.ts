import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { Desk } from './desk.ts';

let desk: Desk;
beforeEach(async () => {
  desk = await Desk.open();
  desk.settings({ ports: [{ port: 7497, label: 'TWS paper' }] });
});
afterEach(() => desk.close());

const start = () => desk.start({ firstRun: true });
const heading = (page: Page) => page.getByRole('heading', { name: 'Welcome to Sexton' });
const untilHidden = () =>
  until(async () => (await desk.host.state()).panel?.visible === false, { what: 'the closed panel' });

describe('the welcome', () => {
  it('says what is watched and what is never touched, works with the keyboard alone, and is shown once', async () => {
    let host = await start();
    const page = await host.panel();
    await heading(page).waitFor();
    await page.getByText(/Connections on ports 7497 that one side never closed/).waitFor();
    await page.getByText(/TWS, the Gateway, forwarders, other users’ processes and what is not a bot/).waitFor();
    const focused = () =>
      page.evaluate(() => {
        const element = document.activeElement;
        const label = document.getElementById(element?.getAttribute('aria-labelledby') ?? '');
        return (label ?? element)?.textContent?.trim() ?? '';
      });
    const tabTo = async (name: string) => {
      for (let presses = 0; presses < 10; presses++) {
        if ((await focused()) === name) return;
        await page.keyboard.press('Tab');
      }
      throw new Error(`Tab does not reach ${name}`);
    };
    await tabTo('Tell me before it becomes a problem');
    await page.keyboard.press('Space');
    const saved = () =>
      JSON.parse(readFileSync(join(desk.home, 'settings.json'), 'utf8')) as { notifications?: boolean };
    await until(() => saved().notifications === false, { what: 'the saved wish' });
    await tabTo('Start watching');
    await page.keyboard.press('Enter');
    // Nothing listens: the empty state says how Sexton will behave.
    await page.getByText('No TWS or Gateway is running here.').waitFor();
    await page.getByText(/Sexton notices by itself when one starts to listen/).waitFor();

    await host.quit();
    host = await start();
    expect((await host.state()).panel).toBeNull();
    await host.clickTray();
    const again = await host.panel();
    await again.getByRole('heading', { name: 'Sexton', exact: true }).waitFor();
    expect(await heading(again).count()).toBe(0);
  });

  it('appears again on the next click and the next start after it was closed with Escape', async () => {
    let host = await start();
    let page = await host.panel();
    await heading(page).waitFor();
    await page.keyboard.press('Escape');
    await untilHidden();
    await host.clickTray();
    page = await host.panel();
    await heading(page).waitFor();
    await host.quit();
    host = await start();
    await heading(await host.panel()).waitFor();
  });
});
