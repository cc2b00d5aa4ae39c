import { afterEach, describe, expect, it } from 'vitest';
import {
  backlogZombies,
  clientZombies,
  findSockets,
  gatewayZombies,
  hasPython,
  liveSession,
  NO_PYTHON,
  openScene,
  type Scene,
  startBot,
  startGateway,
} from '../support/simulator/index.ts';

const scenes: Scene[] = [];

async function scene(options?: Parameters<typeof openScene>[0]): Promise<Scene> {
  const opened = await openScene(options);
  scenes.push(opened);
  return opened;
}

afterEach(async () => {
  for (const opened of scenes.splice(0)) await opened.close();
});

describe.skipIf(!hasPython)(`the simulator${hasPython ? '' : ` (skipped: ${NO_PYTHON})`}`, () => {
  it('makes client-side zombies beside a live session of the same bot', async () => {
    const stage = await scene();
    const gateway = await startGateway(stage);
    const bot = await startBot(stage, { gateway });
    const [live] = await liveSession(gateway, bot);
    const zombies = await clientZombies(gateway, bot, 3);
    const left = await findSockets({ remote: gateway.port, state: 'CLOSE_WAIT' });
    expect(left.map((socket) => socket.local.port).sort()).toEqual(zombies.sort());
    expect(await findSockets({ local: live ?? 0, state: 'ESTABLISHED' })).toHaveLength(1);
  });

  it('makes gateway-side zombies that only the Gateway can close', async () => {
    const stage = await scene();
    const gateway = await startGateway(stage);
    await gatewayZombies(gateway, 2);
    expect(await findSockets({ local: gateway.port, state: 'CLOSE_WAIT' })).toHaveLength(2);
    expect(await gateway.count()).toEqual({ accepted: 2, open: 2, left: 2 });
    await gateway.closeLeft();
    expect(await findSockets({ local: gateway.port, state: 'CLOSE_WAIT' })).toHaveLength(0);
  });

  it('makes zombies that nobody owns in the backlog of a Gateway that stopped accepting', async () => {
    const stage = await scene();
    const gateway = await startGateway(stage);
    const bot = await startBot(stage, { gateway });
    await backlogZombies(gateway, bot, 2);
    const left = await findSockets({ local: gateway.port, state: 'CLOSE_WAIT' });
    expect(left.map((socket) => socket.inode)).toEqual([0, 0]);
    expect((await gateway.count()).accepted).toBe(0);
  });
});
