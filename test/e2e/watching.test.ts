import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clientZombies, gatewayZombies, hasPython, NO_PYTHON, startBot } from '../support/simulator/index.ts';
import { until } from '../support/until.ts';
import { Desk } from './desk.ts';

let desk: Desk;
beforeEach(async () => {
  desk = await Desk.open();
});
afterEach(() => desk.close());

describe.skipIf(!hasPython)(`the app, watching${hasPython ? '' : ` (skipped: ${NO_PYTHON})`}`, () => {
  it('shows zombies in the icon, its title and tooltip, the panel and a notification', async () => {
    const gateway = await desk.gateway();
    desk.settings({ ports: [{ port: gateway.port, label: 'Gateway paper' }], warningAbove: 2, criticalAbove: 4 });
    const host = await desk.start();
    const clear = await desk.untilLevel('clear');
    expect(clear.tray).toMatchObject({ title: '', tooltip: expect.stringContaining('No zombie connections') });

    const bot = await startBot(desk.scene, { gateway, script: 'runner_async.py' });
    await clientZombies(gateway, bot, 3);
    const warning = await desk.untilLevel('warning');
    expect(warning.tray?.title).toBe('3');
    expect(warning.tray?.tooltip).toContain('One bot left 3 connections');

    const said = await until(async () => (await host.state()).notifications[0], { what: 'the notification' });
    expect(said).toMatchObject({ title: '3 zombie connections', silent: false });

    await host.clickTray();
    const panel = await host.panel();
    await panel.getByText('runner_async.py').first().waitFor();
    await panel.getByText('Warning', { exact: true }).first().waitFor();

    await gatewayZombies(gateway, 2);
    await desk.untilLevel('critical');
    const escalated = await until(async () => (await host.state()).notifications[1], { what: 'the escalation' });
    expect(escalated).toMatchObject({ urgency: 'critical' });
  });
});
