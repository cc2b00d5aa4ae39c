import type { Page } from 'playwright';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DoctorCheck, DoctorReport } from '../../shared/doctor.ts';
import { clientZombies, hasPython, NO_PYTHON, startBot } from '../support/simulator/index.ts';
import { until } from '../support/until.ts';
import { Desk } from './desk.ts';
import type { AppHost } from './host.ts';

let desk: Desk;
let host: AppHost;
beforeEach(async () => {
  desk = await Desk.open();
});
afterEach(() => desk.close());

async function openDoctor(): Promise<Page> {
  await host.choose('settings');
  const page = await host.panel();
  await page.getByRole('radio', { name: 'Doctor' }).check();
  await checked(page);
  return page;
}

const checked = (page: Page) => page.getByText(/Checked at/).waitFor({ timeout: 20_000 });

/** One line of the list as it is drawn: its status and its words. */
async function line(page: Page, title: string): Promise<{ status: string | null; detail: string | null }> {
  const row = page.locator('.check').filter({ has: page.getByText(title, { exact: true }) });
  return { status: await row.getAttribute('data-status'), detail: await row.locator('p').first().textContent() };
}

describe('the doctor in the panel', () => {
  it('shows the checks of sexton doctor --json, the worst first, and those that only the app can make', async () => {
    desk.settings({});
    host = await desk.start();
    const page = await openDoctor();
    const shown = await page
      .locator('.check')
      .evaluateAll((rows) =>
        rows.map((row) => [row.querySelector('b')?.textContent, (row as HTMLElement).dataset.status]),
      );
    const { stdout } = await host.terminal(['doctor', '--json']);
    const report = JSON.parse(stdout) as DoctorReport;
    const gravity = { failed: 0, warning: 1, ok: 2 };
    const told = report.checks
      .toSorted((one: DoctorCheck, other: DoctorCheck) => gravity[one.status] - gravity[other.status])
      .map(({ title, status }) => [title, status]);
    expect(shown).toEqual(told);
    expect(await line(page, 'Notifications')).toEqual({ status: 'ok', detail: 'Notifications reach you.' });
    expect(await line(page, 'Open at login')).toEqual({ status: 'ok', detail: 'Off.' });
    const only = report.checks.filter(({ id }) => id === 'notifications' || id === 'login-item');
    expect(only.map(({ detail }) => detail)).toEqual(
      Array(2).fill('Only the app can check this: open its panel, then Settings.'),
    );
  });

  it.skipIf(!hasPython)(
    `explains why notifications do not appear, with a fix to copy${hasPython ? '' : ` (skipped: ${NO_PYTHON})`}`,
    async () => {
      const gateway = await desk.gateway();
      desk.settings({ ports: [{ port: gateway.port, label: 'Gateway paper' }], warningAbove: 0 });
      host = await desk.start();
      await host.failNotifications('failed');
      await clientZombies(gateway, await startBot(desk.scene, { gateway }), 1);
      await desk.untilLevel('warning');
      await host.clickTray();
      await (await host.panel()).getByText('Notifications are not reaching you.').waitFor();
      const page = await openDoctor();
      const { status, detail } = await line(page, 'Notifications');
      expect(status).toBe('warning');
      expect(detail).toContain('not allowed for this application');
      await page.getByRole('button', { name: /Copy.*the fix for Notifications/ }).click();
      const copied = await until(async () => (await host.state()).clipboard, { what: 'the copied fix' });
      expect(await page.locator('.check', { hasText: 'Notifications' }).first().textContent()).toContain(copied);
    },
  );
});
