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

  it('updates the icon only when something has changed, and never connects', async () => {
    const gateway = await desk.gateway();
    desk.settings({ ports: [{ port: gateway.port, label: 'Gateway paper' }] });
    const host = await desk.start();
    const before = await desk.untilLevel('clear');
    await host.clickTray();
    await desk.untilLooks(4);
    const after = await host.state();
    expect(after.tray?.calls).toEqual(before.tray?.calls);
    expect((await gateway.count()).accepted).toBe(0);
  });

  it('goes on while the panel is closed, and the page catches up when it is opened', async () => {
    const gateway = await desk.gateway();
    desk.settings({ ports: [{ port: gateway.port, label: 'Gateway paper' }] });
    const host = await desk.start();
    await host.clickTray();
    const panel = await host.panel();
    await panel.getByText('Clear', { exact: true }).first().waitFor();
    await panel.keyboard.press('Escape');
    await until(async () => (await host.state()).panel?.visible === false, { what: 'the closed panel' });

    const bot = await startBot(desk.scene, { gateway, script: 'runner_async.py' });
    await clientZombies(gateway, bot, 2);
    await desk.untilLevel('notice');
    expect(await panel.getByText('runner_async.py').count()).toBe(0);

    await host.clickTray();
    await (await host.panel()).getByText('runner_async.py').first().waitFor();
    expect((await host.state()).windowsMade).toBe(1);
  });

  it('stops while it is paused, and says so', async () => {
    const gateway = await desk.gateway();
    desk.settings({ ports: [{ port: gateway.port, label: 'Gateway paper' }] });
    const host = await desk.start();
    await desk.untilLevel('clear');
    await host.choose('pause-15');
    const paused = await until(
      async () => {
        const { tray } = await host.state();
        return tray?.menu.some(({ id }) => id === 'resume') ? tray : undefined;
      },
      { what: 'the menu of a paused app' },
    );
    expect(paused.tooltip).toContain('Paused');
    await host.choose('resume');
    await until(async () => (await host.state()).tray?.menu.some(({ id }) => id === 'pause-15'), {
      what: 'the menu again',
    });
  });

  it('says that the last scan is out of date while the machine sleeps, and scans again when it wakes', async () => {
    desk.settings({ ports: [{ port: 7497, label: 'TWS paper' }] });
    const host = await desk.start();
    await desk.untilLevel('clear');
    await host.power('suspend');
    await host.clickTray();
    await (await host.panel()).getByText('The last scan is out of date.').first().waitFor();
    await host.power('resume');
    await (await host.panel()).getByText('The last scan is out of date.').first().waitFor({ state: 'detached' });
  });
});
