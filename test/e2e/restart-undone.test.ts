import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SETTLE_MS } from '../../shared/settings/settings.ts';
import {
  type Gateway,
  gatewayZombies,
  hasPython,
  liveSession,
  NO_PYTHON,
  startBot,
} from '../support/simulator/index.ts';
import { until } from '../support/until.ts';
import { Desk } from './desk.ts';
import { Guide } from './guide.ts';

let desk: Desk;
let gateway: Gateway;
beforeEach(async () => {
  desk = await Desk.open();
  gateway = await desk.gateway();
  desk.settings({ ports: [{ port: gateway.port, label: 'Gateway paper' }] });
});
afterEach(() => desk.close());

const runner = { script: 'bots/runner_async.py' };

describe.skipIf(!hasPython)(`the guide, in the wrong order${hasPython ? '' : ` (skipped: ${NO_PYTHON})`}`, () => {
  it('sees a Gateway that was quit before its bots, and asks for the bots first', async () => {
    const bot = await startBot(desk.scene, { gateway, ...runner });
    await liveSession(gateway, bot);
    await desk.start();
    const guide = await Guide.start(desk);
    await guide.at(1);
    await gateway.vanish();
    await guide.says(/Done at/);
    expect(await guide.done()).toBe('01000');
    expect(await guide.at(1)).toContain(`runner_async.py (${bot.pid})`);
    await bot.exit();
    // The wait has begun when the Gateway went, and nothing is asked for twice.
    await guide.at(3);
    expect(await guide.done()).toBe('11000');
  });

  it('says that a bot came back while the sockets clear, and returns to the bots', async () => {
    const bot = await startBot(desk.scene, { gateway, ...runner });
    await liveSession(gateway, bot);
    const host = await desk.start();
    const guide = await Guide.start(desk);
    await guide.at(1);
    await bot.exit();
    await guide.at(2);
    await gateway.vanish();
    await guide.at(3);

    const again = await startBot(desk.scene, { gateway, ...runner });
    await guide.at(1);
    await guide.says('A step was reverted.');
    await guide.says(/runner_async\.py runs again\. A supervisor, launchd or cron may be restarting them/);
    await guide.press('Stop the bots…');
    const review = guide.page.getByRole('dialog');
    await review.getByRole('button', { name: 'Stop 1 bot' }).click();
    expect(await again.puppet.exited).toEqual({ code: null, signal: 'SIGTERM' });
    await review.getByRole('button', { name: 'Done' }).click();
    await guide.at(3);
    expect(await guide.page.getByText('A step was reverted.').count()).toBe(0);

    // The same while the Gateway is awaited.
    await host.passTime(30_000);
    await guide.at(4);
    const third = await startBot(desk.scene, { gateway, ...runner });
    await guide.at(1);
    await third.exit();
    await guide.at(4);
  });

  it('says that the Gateway came back too early or with zombies, and leads back to quitting it', async () => {
    const host = await desk.start();
    const guide = await Guide.start(desk);
    await guide.at(2);
    await gateway.vanish();
    await guide.at(3);
    const early = await gateway.comeBack();
    await guide.at(2);
    await guide.says(/listens on \d+ again after .*, before the 30 s wait was over\. Quit it again/);
    // Whoever knows better may say so, here alone.
    expect(await guide.button('It was restarted, continue').isEnabled()).toBe(true);

    await early.vanish();
    await guide.at(3);
    await host.passTime(30_000);
    await guide.at(4);
    const back = await early.comeBack();
    await guide.at(5);

    await back.vanish();
    await guide.at(4);
    await guide.says(/stopped listening again before it answered a bot/);
    // While the machine sleeps nobody looks: the Gateway is back and holds a zombie when it wakes.
    await host.power('suspend');
    const stuck = await back.comeBack();
    await gatewayZombies(stuck, 1);
    const leftAt = performance.now();
    await until(() => performance.now() - leftAt > SETTLE_MS, { what: 'a zombie old enough to count' });
    await host.power('resume');
    await guide.says(/already holds 1 zombie connection/);
    // Linux tells at the first look how old it is; elsewhere it counts only later, when the Gateway has been seen without.
    const knowsAge = process.platform === 'linux';
    await guide.says(knowsAge ? /then quit it again/ : /Only another restart frees it/);
    expect(await guide.done()).toBe(knowsAge ? '10000' : '11110');
  });

  it('continues on confirmation where an early Gateway was restarted, and finishes without bots on another', async () => {
    await desk.start();
    const guide = await Guide.start(desk);
    await guide.at(2);
    await gateway.vanish();
    await guide.at(3);
    await gateway.comeBack();
    await guide.says(/before the 30 s wait was over/);
    await guide.press('It was restarted, continue');
    await guide.at(5);
    await guide.press('Start the bots later');
    await guide.says(/Done: the Gateway is back/);
    expect(await guide.done()).toBe('11111');
  });
});
