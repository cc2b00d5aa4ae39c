import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BridgeClient } from '../../shared/bridge/bridge.ts';
import type { Settings } from '../../shared/settings/settings.ts';
import {
  type Gateway,
  gatewayZombies,
  hasPython,
  hungSessions,
  liveSession,
  NO_PYTHON,
  noOtherUser,
  OTHER_UID,
  startBot,
  startGateway,
} from '../support/simulator/index.ts';
import { until } from '../support/until.ts';
import { Desk } from './desk.ts';
import { Guide } from './guide.ts';

let desk: Desk;
beforeEach(async () => {
  desk = await Desk.open();
});
afterEach(() => desk.close());

const runner = { script: 'bots/runner_async.py' };

async function watched(settings: Partial<Settings> = {}): Promise<Gateway> {
  const gateway = await desk.gateway();
  desk.settings({ ports: [{ port: gateway.port, label: 'Gateway paper' }], ...settings });
  return gateway;
}

describe.skipIf(!hasPython)(`the app around the guided restart${hasPython ? '' : ` (skipped: ${NO_PYTHON})`}`, () => {
  it('notifies of a jammed Gateway, and opens the guide on a click', async () => {
    const gateway = await watched();
    await gateway.setMode('hang');
    await hungSessions(gateway, await startBot(desk.scene, { gateway, script: 'guest.py' }), 2);
    const host = await desk.start();
    await desk.untilLevel('clear');
    await host.passTime(11_000);
    await desk.untilLevel('critical');
    const said = await until(async () => (await host.state()).notifications[0], { what: 'the notification' });
    expect(said).toMatchObject({ urgency: 'critical', body: expect.stringContaining('Only restarting it helps') });
    await host.notification(0, 'click');
    const guide = await Guide.on(await host.panel());
    await guide.says(/has stopped answering. Only restarting it helps; stopping bots does not/);
    await guide.press('Start');
    await guide.at(1);
  });

  it('mutes alerts while the guide runs, and no longer', async () => {
    const gateway = await watched({ warningAbove: 0, criticalAbove: 1 });
    const host = await desk.start();
    const guide = await Guide.start(desk);
    await guide.at(2);
    await gatewayZombies(gateway, 2);
    await desk.untilLevel('critical');
    // Two more looks than an alert takes.
    await desk.untilLooks(4);
    expect((await host.state()).notifications).toEqual([]);
    await guide.press('Cancel guided restart');
    const said = await until(async () => (await host.state()).notifications[0], { what: 'the notification' });
    expect(said).toMatchObject({ title: '2 zombie connections' });
  });

  it('keeps scanning while the app is paused, which stops scanning again afterwards', async () => {
    const gateway = await watched();
    const host = await desk.start();
    await desk.untilLevel('clear');
    await host.choose('pause-15');
    await until(async () => (await host.state()).tray?.menu.some(({ id }) => id === 'resume'), { what: 'the pause' });
    const guide = await Guide.start(desk);
    await guide.at(2);
    await gateway.vanish();
    await guide.at(3);
    await guide.press('Back');
    await guide.says(/Sexton scans only for the guided restart/);
    await guide.press('Continue the guided restart · step 3 of 5');
    await guide.press('Cancel guided restart');
    await guide.says(/Sexton does not scan, warn or clean until you resume/);
    await guide.says(/Watching is paused\. As of/);
  });

  it('asks about sessions of programs that are on no list, and continues when a person confirms', async () => {
    const gateway = await watched();
    const research = await startBot(desk.scene, { gateway, script: 'research.py' });
    await liveSession(gateway, research);
    await desk.start();
    const guide = await Guide.start(desk);
    await guide.says(
      `No listed bot is running, but a session is open on the port, held by research.py (${research.pid})`,
    );
    expect(await guide.button('Stop the bots…').count()).toBe(0);
    await guide.press('No bots are running');
    await guide.at(2);
  });

  it.skipIf(noOtherUser !== null)(
    "leads through the restart of another user's Gateway, and never offers its bot",
    async () => {
      const gateway = await startGateway(desk.scene, { uid: OTHER_UID });
      desk.settings({ ports: [{ port: gateway.port, label: 'Gateway paper' }] });
      const foreign = await startBot(desk.scene, { gateway, ...runner, uid: OTHER_UID });
      await liveSession(gateway, foreign);
      const host = await desk.start();
      const guide = await Guide.start(desk);
      await guide.says(new RegExp(`Sexton cannot stop runner_async\\.py \\(${foreign.pid}\\)`));
      expect(await guide.button('Stop the bots…').count()).toBe(0);
      // Whoever asks past the buttons is refused as well.
      const plan = await guide.page.evaluate(async () => {
        const { sexton } = window as unknown as { sexton: BridgeClient };
        const first = await sexton.restart.plan({ includeLive: [] });
        if (!first.ok) return first;
        return sexton.restart.plan({ includeLive: first.value.refused.map(({ id }) => id) });
      });
      expect(plan).toMatchObject({ ok: true, value: { targets: [] } });
      await guide.press('Continue without them');
      await guide.at(2);
      await gateway.vanish();
      await guide.at(3);
      await host.passTime(30_000);
      // The bot that nobody here may stop keeps its socket, which holds nothing up.
      await guide.says(/The 30 s are over · 1 socket left\..* You can start the Gateway anyway/);
      await gateway.comeBack();
      await guide.at(5);
      expect(await guide.done()).toBe('11110');
    },
  );
});
