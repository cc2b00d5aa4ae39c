import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildPanel, launchBrowser, type OpenPanel, openPanel, type ShownAs } from '../support/panel/harness.ts';
import { SNAPSHOTS } from '../support/panel/snapshots.ts';
import { STATES, type StateName } from '../support/panel/states.ts';

let browser: Browser;
let script: string;
let panel: OpenPanel;
beforeAll(async () => {
  [script, browser] = await Promise.all([buildPanel(), launchBrowser()]);
});
afterEach(() => panel.close());
afterAll(() => browser?.close());

async function show(state: StateName, as: ShownAs = {}): Promise<Page> {
  panel = await openPanel(browser, script, state, as);
  return panel.page;
}
const calls = (page: Page, name: string) =>
  page.evaluate((wanted) => window.fakePanel.calls.filter((call) => call.name === wanted).length, name);
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const hasFocus = (page: Page, name: string) =>
  button(page, name).evaluate((element) => element === document.activeElement);

describe.each(['light', 'dark'] as const)('the panel in every state, %s', (scheme) => {
  it.each(Object.keys(STATES) as StateName[])(
    '%s: has no accessibility violation, no error and nothing blocked by its content policy',
    async (state) => {
      const page = await show(state, { scheme });
      // axe waits with timers of its own, which stand still with the pictured clock.
      await page.clock.resume();
      const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
      expect(
        violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`),
      ).toEqual([]);
      expect(panel.complaints).toEqual([]);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
    },
  );
});

describe('one click on the home screen', () => {
  const sent = (page: Page) =>
    page.evaluate(() => window.fakePanel.calls.filter(({ name }) => name === 'settings.set').map(({ input }) => input));

  it('limits a port with a hidden Gateway to the bots’ side, and leaves the other ports as they are', async () => {
    const page = await show('hidden-gateway');
    await button(page, 'Watch only the bots’ side of 4002').click();
    await expect
      .poll(() => sent(page))
      .toMatchObject([
        {
          ports: [{ port: 7497 }, { port: 7496 }, { port: 4002, label: 'Gateway paper', side: 'bots' }, { port: 4001 }],
        },
      ]);
  });

  it('adds the other machine whose Gateway bots use', async () => {
    const page = await show('elsewhere');
    await button(page, 'Add 10.9.9.2 to the Gateway hosts').click();
    await expect.poll(() => sent(page)).toEqual([{ gatewayHosts: ['localhost', '10.9.9.2'] }]);
  });

  it('can be reverted in the settings', async () => {
    const page = await show('settings-bots-only');
    await button(page, 'Watch both sides of 4002').click();
    await expect
      .poll(() => sent(page))
      .toMatchObject([{ ports: [{ port: 7497 }, { port: 4002, label: 'Gateway paper', side: 'both' }] }]);
  });
});

describe('the review', () => {
  it('opens with the focus on Cancel, where Enter stops no process', async () => {
    const page = await show('review');
    expect(await hasFocus(page, 'Cancel')).toBe(true);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await calls(page, 'clean.confirm')).toBe(0);
    expect(await hasFocus(page, 'Clean 4 connections…')).toBe(true);
  });

  it('closes on Escape before the panel does', async () => {
    const page = await show('review');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await calls(page, 'app.hide')).toBe(0);
    await page.keyboard.press('Escape');
    expect(await calls(page, 'app.hide')).toBe(1);
  });

  it('lets an immediate second Escape close the panel, before the browser has reported the closed review', async () => {
    const page = await show('review');
    // A dialog's `close` event comes in a task of its own; a second key may be there first.
    await page.evaluate(() => {
      document.querySelector('dialog')?.close();
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }));
    });
    expect(await calls(page, 'app.hide')).toBe(1);
  });

  it('confirms a plan by its id and nothing else', async () => {
    const page = await show('review');
    await button(page, 'Stop 2 bots').click();
    await button(page, 'Done').waitFor();
    const asked = await page.evaluate(() => window.fakePanel.calls.find(({ name }) => name === 'clean.confirm')?.input);
    expect(asked).toEqual({ planId: expect.stringMatching(/^plan-\d+$/) });
  });

  it('renews an expired plan, and only while the panel is visible', async () => {
    const page = await show('review');
    await page.clock.runFor(11_000);
    await page.getByText(/Scanned again at/).waitFor();
    const before = await calls(page, 'clean.plan');
    expect(before).toBe(2);
    await page.evaluate(() => window.fakePanel.push.visibility(false));
    await page.clock.runFor(60_000);
    expect(await calls(page, 'clean.plan')).toBe(before);
  });

  it('includes a live bot by the id of its refusal, after a second confirmation', async () => {
    const page = await show('review-ask-live');
    await page.getByText(/adds 1 gateway-side connection/).waitFor();
    expect(await calls(page, 'clean.plan')).toBe(1);
    await button(page, 'Stop it too').click();
    await page.getByText('Ends 1 live session').waitFor();
    const asked = await page.evaluate(
      () => window.fakePanel.calls.findLast(({ name }) => name === 'clean.plan')?.input,
    );
    expect(asked).toEqual({ includeLive: ['refusal-901'] });
  });
});

describe('the panel', () => {
  it('announces a change of the count once and politely, and no change of times', async () => {
    const page = await show('clear');
    const voice = page.locator('[aria-live="polite"]').last();
    expect(await voice.textContent()).toBe('');
    await page.evaluate((next) => window.fakePanel.push.snapshot(next), { ...SNAPSHOTS.warning, seq: 60 });
    await expect.poll(() => voice.textContent()).toMatch(/^Warning\. 7 zombie connections\./);
  });

  it('updates countdowns and ages only while it is visible', async () => {
    const page = await show('gateway-owned');
    await page.getByText('Next attempt in 0:42').waitFor();
    await page.clock.runFor(2_000);
    await page.getByText('Next attempt in 0:40').waitFor();
    await page.evaluate(() => window.fakePanel.push.visibility(false));
    await page.clock.runFor(10_000);
    expect(await page.getByText('Next attempt in 0:40').count()).toBe(1);
    await page.evaluate(() => window.fakePanel.push.visibility(true));
    await page.getByText('Next attempt in 0:30').waitFor();
  });

  it('shows an unknown count as a dash', async () => {
    const page = await show('blind');
    expect(await page.locator('.count').textContent()).toMatch(/^–/);
  });

  it('opens an owner from the keyboard, with its sockets and a sentence for the reason', async () => {
    const page = await show('warning');
    const row = page.getByRole('button', { name: /runner_async\.py/ });
    await row.focus();
    await page.keyboard.press('Enter');
    expect(await row.getAttribute('aria-expanded')).toBe('true');
    await page.getByText(/stopping it frees the connection/).waitFor();
    expect(await page.getByRole('row').count()).toBe(4);
  });

  it('reverts what was typed on Escape, and does not close', async () => {
    const page = await show('settings');
    const field = page.getByLabel('Warn above');
    await field.fill('9');
    await page.keyboard.press('Escape');
    expect(await field.inputValue()).toBe('5');
    expect(await calls(page, 'app.hide')).toBe(0);
    expect(await calls(page, 'settings.set')).toBe(0);
  });

  it('redraws one row when one of 60 owners has changed', async () => {
    const page = await show('many');
    const owners = SNAPSHOTS.many.owners.map((owner, place) =>
      place === 0 ? { ...owner, zombies: owner.zombies + 1 } : owner,
    );
    const touched = await page.evaluate(
      async (next) => {
        const rows = [...document.querySelectorAll('.rows > .row')];
        const changed = new Set<number>();
        const observer = new MutationObserver((records) => {
          for (const { target } of records) {
            const place = rows.findIndex((row) => row.contains(target));
            if (place >= 0) changed.add(place);
          }
        });
        observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
        const drawn = new Promise((done) =>
          new MutationObserver(done).observe(rows[0] ?? document.body, {
            subtree: true,
            childList: true,
            characterData: true,
          }),
        );
        window.fakePanel.push.snapshot(next);
        await drawn;
        await new Promise((done) => new ResizeObserver(done).observe(document.body));
        return [...changed];
      },
      { ...SNAPSHOTS.many, owners, seq: 100 },
    );
    expect(touched).toEqual([0]);
    expect(await page.locator('.row-count').first().textContent()).toMatch(/^81/);
    expect(await page.locator('.rows > .row').count()).toBe(60);
  });
});
