import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Gateway,
  gatewayZombies,
  hasPython,
  IBC_COSTUME,
  liveSession,
  NO_PYTHON,
  startBot,
  startGateway,
} from '../support/simulator/index.ts';
import { until } from '../support/until.ts';
import { Desk } from './desk.ts';
import { Guide } from './guide.ts';

let desk: Desk;
let gateway: Gateway;
beforeEach(async () => {
  desk = await Desk.open();
  gateway = await startGateway(desk.scene, IBC_COSTUME);
  desk.settings({ ports: [{ port: gateway.port, label: 'Gateway paper' }], startCommand: 'make run' });
});
afterEach(() => desk.close());

const runner = { script: 'bots/runner_async.py' };

describe.skipIf(!hasPython)(`the guided restart${hasPython ? '' : ` (skipped: ${NO_PYTHON})`}`, () => {
  it('takes a person from zombies that the Gateway holds to a bot that is answered', { timeout: 120_000 }, async () => {
    const trading = await startBot(desk.scene, { gateway, ...runner });
    const careless = await startBot(desk.scene, { gateway, script: 'bots/websocket_server.py' });
    await liveSession(gateway, trading);
    const left = await liveSession(gateway, careless);
    const host = await desk.start();
    await desk.untilLevel('clear');
    // Whoever is on the port now is remembered as a bot, and as who left the zombies.
    await gateway.refuseToClose();
    await careless.disconnect(left);
    await gatewayZombies(gateway, 1, careless);
    await desk.untilLevel('notice');

    await host.clickTray();
    const page = await host.panel();
    await page.getByText('IB Gateway holds all 2.').waitFor();
    await page.getByRole('button', { name: 'Start the guided restart' }).click();
    const guide = await Guide.on(page);
    await guide.says(/IB Gateway holds 2 zombie connections\. Only restarting it frees them/);
    await guide.press('Start');

    await guide.says(/Stopping them ends 1 live session and adds as many gateway-side connections/);
    const bots = page.getByRole('list', { name: 'Bots that are still running' });
    await bots.locator('li', { hasText: 'runner_async.py' }).getByText('Live session', { exact: true }).waitFor();
    await bots.locator('li', { hasText: 'websocket_server.py' }).getByText('Can stop', { exact: true }).waitFor();
    await bots.getByText(desk.scene.path('bots')).first().waitFor();

    await guide.press('Stop the bots…');
    const review = page.getByRole('dialog');
    await review.getByText('Stop 1 bot for the restart?').waitFor();
    const live = review.locator('li', { hasText: 'runner_async.py' });
    await live.getByRole('button', { name: /Stop it too…/ }).click();
    await live.getByText(/may be trading.*adds 1 gateway-side connection/).waitFor();
    await live.getByRole('button', { name: 'Stop it too', exact: true }).click();
    await review.getByText('Ends 1 live session').waitFor();
    await review.getByText(/this adds 1 gateway-side connection that only a restart clears/).waitFor();
    await review.getByRole('button', { name: 'Stop 2 bots' }).click();
    expect(await trading.puppet.exited).toEqual({ code: null, signal: 'SIGTERM' });
    expect(await careless.puppet.exited).toEqual({ code: null, signal: 'SIGTERM' });
    await review.getByRole('heading', { name: 'Done' }).waitFor();
    await review.getByRole('button', { name: 'Done' }).click();

    await guide.says(/Waiting for IB Gateway to quit/);
    await guide.says(/The 3 zombie connections it holds will go with it\./);
    await guide.says(/Sexton never stops it/);
    await guide.onlyWaits();

    await gateway.vanish();
    const leftAt = performance.now();
    await guide.at(3);
    await page.getByRole('progressbar', { name: 'Wait for the sockets to clear' }).waitFor();
    await guide.onlyWaits();
    // This once in real time: no clock is put forward here.
    await until(async () => (await guide.done()) === '11100', { what: 'the end of the wait' });
    expect(performance.now() - leftAt).toBeGreaterThan(29_000);

    expect(await guide.at(4)).toMatch(/\d s so far; with 2FA, 60 to 240 s is normal/);
    const back = await gateway.comeBack();
    expect(await guide.at(5)).toContain('Waiting for a bot to connect');
    await guide.says('make run');
    const bot = await startBot(desk.scene, { gateway: back, ...runner });
    await liveSession(back, bot);
    await guide.says(/Done: the Gateway is back/);
    expect(await guide.done()).toBe('11111');
    await guide.press('Finish');
    await page.getByText('Clear', { exact: true }).first().waitFor();
    await desk.untilLevel('clear');
    expect((await host.state()).notifications).toEqual([]);
    // The bot's session is the only one there ever was: Sexton connects to nothing.
    expect((await back.count()).accepted).toBe(1);
  });

  it('keeps its step when the app is restarted in each', async () => {
    const bot = await startBot(desk.scene, { gateway, ...runner });
    await liveSession(gateway, bot);
    await desk.start();
    await Guide.start(desk);
    /** Restarts the app and goes back to the guide as a person does: from the first screen. */
    const again = async (step: number): Promise<Guide> => {
      await desk.restart();
      await desk.host.clickTray();
      const page = await desk.host.panel();
      await page.getByRole('button', { name: `Continue the guided restart · step ${step} of 5` }).click();
      return Guide.on(page);
    };

    let guide = await again(1);
    expect(await guide.at(1)).toContain(`runner_async.py (${bot.pid})`);
    await bot.exit();
    await guide.at(2);

    guide = await again(2);
    await guide.at(2);
    await gateway.vanish();
    await guide.at(3);
    await desk.host.passTime(12_000);
    await until(async () => (await guide.seconds()) >= 12, { what: '12 s of the wait' });

    guide = await again(3);
    expect(await guide.seconds()).toBeGreaterThanOrEqual(12);
    await desk.host.passTime(30_000);
    await guide.at(4);

    guide = await again(4);
    await guide.at(4);
    const back = await gateway.comeBack();
    await guide.at(5);

    guide = await again(5);
    await guide.at(5);
    await liveSession(back, await startBot(desk.scene, { gateway: back, ...runner }));
    await guide.says(/Done: the Gateway is back/);
    expect(await guide.done()).toBe('11111');
  });

  it('does not mistake sleep in any step for an absence or a wait', async () => {
    const night = 8 * 3_600_000;
    const bot = await startBot(desk.scene, { gateway, ...runner });
    await liveSession(gateway, bot);
    const host = await desk.start();
    const guide = await Guide.start(desk);
    const sleep = async () => {
      await host.sleep(night);
      await desk.untilLooks(2);
    };
    await sleep();
    await guide.at(1);
    await bot.exit();
    await guide.at(2);
    // A Gateway that never leaves is waited for, however long.
    await sleep();
    expect(await guide.at(2)).toContain(`listening on ${gateway.port}`);
    await guide.onlyWaits();
    await gateway.vanish();
    await guide.at(3);
    await sleep();
    expect(await guide.seconds()).toBeLessThan(300);
    await host.passTime(30_000);
    await guide.at(4);
    await sleep();
    expect(Number(/(\d+) s so far/.exec(await guide.at(4))?.[1])).toBeLessThan(300);
    const back = await gateway.comeBack();
    await guide.at(5);
    await sleep();
    expect(await guide.at(5)).toContain('Waiting for a bot to connect');
    await liveSession(back, await startBot(desk.scene, { gateway: back, ...runner }));
    await guide.says(/Done: the Gateway is back/);
    expect((await host.state()).notifications).toEqual([]);
  });

  it('stays open while another screen is shown, and ends when it is cancelled', async () => {
    await gatewayZombies(gateway, 1);
    const host = await desk.start();
    await desk.untilLevel('notice');
    const guide = await Guide.start(desk);
    await guide.at(2);
    // Back, Escape and the menu leave it; only Cancel ends it.
    await guide.press('Back');
    await guide.button('Continue the guided restart · step 2 of 5').waitFor();
    await guide.page.keyboard.press('Escape');
    await until(async () => (await host.state()).panel?.visible === false, { what: 'the closed panel' });
    await gateway.vanish();
    await Guide.open(desk);
    await guide.at(3);
    await guide.press('Cancel guided restart');
    await guide.page.getByText('No TWS or Gateway is running here.').waitFor();
    await guide.button('Continue the guided restart · step 3 of 5').waitFor({ state: 'detached' });
    await Guide.open(desk);
    await guide.button('Start').waitFor();
    await guide.press('Not now');
    await guide.page.getByRole('heading', { name: 'Sexton' }).waitFor();
  });
});
