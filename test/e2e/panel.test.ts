import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { Desk } from './desk.ts';
import type { AppHost } from './host.ts';

let desk: Desk;
let host: AppHost;
beforeEach(async () => {
  desk = await Desk.open();
  desk.settings({});
});
afterEach(() => desk.close());

const visible = async () => (await host.state()).panel?.visible ?? false;
const untilVisible = (wanted: boolean) =>
  until(async () => (await visible()) === wanted, { what: wanted ? 'an open panel' : 'a closed panel' });

describe('the panel', () => {
  beforeEach(async () => {
    host = await desk.start();
    await desk.untilLevel('clear');
  });

  it('opens below the icon on a click, and closes on the next', async () => {
    const icon = { x: 700, y: 0, width: 24, height: 24 };
    await host.clickTray(icon);
    await host.panel();
    const { panel } = await host.state();
    const { x = 0, width = 0, y = 0 } = panel?.bounds ?? {};
    expect(width).toBe(360);
    expect(x + width / 2).toBe(712);
    expect(y).toBeGreaterThanOrEqual(24);
    await host.clickTray(icon);
    await untilVisible(false);
  });

  it('stays on the display of the click, inside its work area', async () => {
    const [area] = (await host.state()).displays;
    const right = (area?.x ?? 0) + (area?.width ?? 0);
    await host.clickTray({ x: right - 10, y: 0, width: 24, height: 24 });
    await host.panel();
    const { panel } = await host.state();
    expect((panel?.bounds.x ?? 0) + (panel?.bounds.width ?? 0)).toBeLessThanOrEqual(right);
  });

  it('ignores the click that took its focus away', async () => {
    await host.clickTray();
    await host.panel();
    // Both at once, as one click of the mouse causes them.
    await Promise.all([host.blur(), host.clickTray()]);
    expect(await visible()).toBe(false);
    // A click that comes later is meant to open it.
    const clicked = async () => {
      await host.clickTray();
      return visible();
    };
    await until(clicked, { everyMs: 250, what: 'an open panel' });
  });

  it('closes on Escape', async () => {
    await host.clickTray();
    const page = await host.panel();
    await page.getByText('Clear', { exact: true }).first().waitFor();
    await page.keyboard.press('Escape');
    await untilVisible(false);
  });

  it('opens when the app is activated, and on a second launch', async () => {
    await host.activate();
    await host.panel();
    await host.clickTray();
    await untilVisible(false);
    await host.launchAgain();
    await host.panel();
  });

  it('is rebuilt once when its page crashes, and again on the next click', async () => {
    await host.clickTray();
    await host.panel();
    await host.crash();
    await until(async () => (await host.state()).windowsMade === 2 && (await visible()), { what: 'the rebuilt panel' });
    await (await host.panel()).getByText('Clear', { exact: true }).first().waitFor();
    await host.crash();
    await until(async () => (await host.state()).panel === null, { what: 'the end of the window' });
    await host.clickTray();
    await (await host.panel()).getByText('Clear', { exact: true }).first().waitFor();
    expect((await host.state()).windowsMade).toBe(3);
  });

  it('opens the screen that the menu names', async () => {
    await host.choose('settings');
    const page = await host.panel();
    await page.getByText('Notifications', { exact: true }).first().waitFor();
    await host.choose('open');
    await page.getByText('Circuit breaker', { exact: true }).first().waitFor();
  });
});

describe('with a second display', () => {
  it('moves the panel to a remaining display when its own is removed', async (spec) => {
    host = await desk.start();
    const [first, second] = (await host.state()).displays;
    if (!first || !second) return spec.skip('this machine has one display');
    await host.clickTray({ x: second.x + second.width - 40, y: second.y, width: 24, height: 24 });
    await host.panel();
    expect((await host.state()).panel?.bounds.x).toBeGreaterThanOrEqual(second.x);
    await host.removeDisplay();
    const moved = async () => ((await host.state()).panel?.bounds.x ?? 9_999) < first.x + first.width;
    await until(moved, { what: 'the panel on the other display' });
    expect(await visible()).toBe(true);
  });
});

describe('the first run', () => {
  it('opens the panel on the welcome screen, which is shown once', async () => {
    host = await desk.start({ firstRun: true });
    const page = await host.panel();
    await page.getByText('What it watches').waitFor();
    await page.getByRole('button', { name: /start/i }).click();
    await page.getByText('Circuit breaker', { exact: true }).first().waitFor();
    await until(async () => (await host.state()).panel?.visible, { what: 'the panel' });
    await host.quit();
    host = await desk.start();
    expect((await host.state()).panel).toBeNull();
  });
});
