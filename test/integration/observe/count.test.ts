import { mkdirSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Snapshot } from '../../../shared/snapshot.ts';
import { realEngine } from '../../support/real-engine.ts';
import { runSexton } from '../../support/sexton.ts';
import {
  backlogZombies,
  clientZombies,
  findSockets,
  gatewayZombies,
  hasPython,
  liveSession,
  manySockets,
  NO_PYTHON,
  noNetworkNamespaces,
  openForeignScene,
  openScene,
  type Scene,
  sparePort,
  startBot,
  startGateway,
  startNoise,
} from '../../support/simulator/index.ts';
import { until } from '../../support/until.ts';

const title = (name: string, problem: string | null | false) => (problem ? `${name} (skipped: ${problem})` : name);

const scenes: Scene[] = [];
async function scene(options?: Parameters<typeof openScene>[0]): Promise<Scene> {
  const opened = await openScene(options);
  scenes.push(opened);
  return opened;
}
afterEach(async () => {
  for (const opened of scenes.splice(0).reverse()) await opened.close();
});

const countsOf = (snapshot: Snapshot) =>
  Object.fromEntries(snapshot.ports.map(({ port, zombies: { client, gateway } }) => [port, [client, gateway]]));

/** `sexton status --json` in a scene's own network. */
async function status(
  stage: Scene,
  options: { args?: string[]; home?: string } = {},
): Promise<Snapshot & { exit: number | null }> {
  const home = options.home ? { home: options.home } : {};
  const run = await runSexton(['status', '--json', ...(options.args ?? [])], { network: stage.network, ...home });
  if (run.stdout === '') throw new Error(run.stderr);
  return { ...(JSON.parse(run.stdout) as Snapshot), exit: run.code };
}

describe.skipIf(!hasPython)(title('zombies are counted', !hasPython && NO_PYTHON), () => {
  it.skipIf(noNetworkNamespaces)(
    title('exactly, per side and port, among look-alikes, other states and 10,000 sockets', noNetworkNamespaces),
    async () => {
      const stage = await scene({ network: 'private' });
      const four = await startGateway(stage, { ports: [7497, 4002] });
      const six = await startGateway(stage, { ports: [4001], host: '::1' });
      const dual = await startGateway(stage, { ports: [7496], host: '::' });
      const bot = await startBot(stage, { gateway: four });

      await clientZombies(four, bot, 3);
      await liveSession(four, bot);
      const six6 = await startBot(stage, { gateway: six });
      await clientZombies(six, six6, 2, { host: '::1' });
      const mapped = await startBot(stage, { gateway: dual });
      await clientZombies(dual, mapped, 1, { host: '127.0.0.1' });
      await gatewayZombies(dual, 4);
      await gatewayZombies(six, 1);

      const noise = await startNoise(stage);
      for (const port of [17_497, 749, 7498, 47_497]) await noise.pairs({ port, state: 'close-wait', count: 2 });
      await noise.pairs({ port: 5_432, clientPort: 37_497, state: 'close-wait' });
      await noise.pairs({ port: 5_432, clientPort: 40_020, state: 'fin-wait-2' });
      await noise.pairs({ port: 17_497, state: 'time-wait', count: 3 });
      // A session that ends properly leaves TIME_WAIT on the watched port, one that is half closed FIN_WAIT_2.
      const [left] = await bot.connect({ port: 4002 });
      await bot.disconnect([left?.port ?? 0]);
      await manySockets(stage, 10_000);

      const snapshot = await status(stage);
      const kernel = await Promise.all(
        [7497, 7496, 4002, 4001].map(async (port) => {
          const zombies = await Promise.all(
            [{ remote: port }, { local: port }].map((end) =>
              findSockets({ ...end, state: 'CLOSE_WAIT' }, stage.network),
            ),
          );
          return [port, zombies.map((found) => found.length)];
        }),
      );
      expect(countsOf(snapshot)).toEqual({ 7497: [3, 0], 7496: [1, 4], 4002: [0, 0], 4001: [2, 1] });
      expect(Object.fromEntries(kernel)).toEqual(countsOf(snapshot));
      expect(snapshot.scan).toMatchObject({ kind: 'ok', problems: [] });
      expect(snapshot.unattributed).toBe(0);
      expect(snapshot.ports.map(({ listening, established }) => [listening, established])).toEqual([
        [true, 1],
        [true, 0],
        [true, 0],
        [true, 0],
      ]);
      expect(snapshot.owners.map(({ process, side, zombies }) => [process.pid, side, zombies]).sort()).toEqual(
        [
          [bot.pid, 'client', 3],
          [six6.pid, 'client', 2],
          [mapped.pid, 'client', 1],
          [dual.pid, 'gateway', 4],
          [six.pid, 'gateway', 1],
        ].sort(),
      );
      expect(snapshot.exit).toBe(2);
    },
  );

  it.skipIf(noNetworkNamespaces)(
    title('towards configured Gateway hosts, and towards no other machine (defect D4)', noNetworkNamespaces),
    async () => {
      const home = await scene({ network: 'private' });
      const { scene: abroad, host } = await openForeignScene(home);
      scenes.push(abroad);
      const foreign = await startGateway(abroad, { ports: [4002], host });
      const bot = await startBot(home);
      const [session] = await bot.connect({ host, port: 4002 });
      await foreign.closeClients();
      await until(
        async () => (await findSockets({ local: session?.port ?? 0, state: 'CLOSE_WAIT' }, home.network)).length > 0,
      );
      expect(await status(home)).toMatchObject({ exit: 1, level: 'notice', owners: [], elsewhere: [{ zombies: 1 }] });

      const settings = home.path('settings-home');
      mkdirSync(settings);
      writeFileSync(`${settings}/settings.json`, JSON.stringify({ gatewayHosts: [host] }));
      const configured = await status(home, { home: settings });
      expect(countsOf(configured)[4002]).toEqual([1, 0]);
      expect(configured.owners).toMatchObject([{ process: { pid: bot.pid }, side: 'client' }]);

      writeFileSync(`${settings}/settings.json`, JSON.stringify({ gatewayHosts: ['no-such-host.invalid'] }));
      const unknown = await status(home, { home: settings });
      expect(unknown.scan.problems).toMatchObject([{ tool: 'gatewayHosts' }]);
    },
  );

  it('once when two processes hold one socket, and both processes are named', async () => {
    const stage = await scene();
    const gateway = await startGateway(stage);
    const bot = await startBot(stage, { gateway });
    await clientZombies(gateway, bot);
    const child = await bot.leak({ script: 'runner_child.py' });
    const snapshot = await realEngine({ ports: gateway.ports }).engine.scan();
    expect(countsOf(snapshot)).toEqual({ [gateway.port]: [1, 0] });
    expect(snapshot.owners.map(({ process }) => process.pid).sort()).toEqual([bot.pid, child].sort());
  });

  it('even before they are accepted, so that a hung Gateway is not reported as clean but, in the end, as jammed', async () => {
    const stage = await scene();
    const gateway = await startGateway(stage);
    const bot = await startBot(stage, { gateway });
    await backlogZombies(gateway, bot, 2);
    const { engine } = realEngine({ ports: gateway.ports });
    const snapshot = await engine.scan();
    expect(countsOf(snapshot)).toEqual({ [gateway.port]: [0, 2] });
    expect(snapshot).toMatchObject({ unattributed: 2, owners: [], scan: { kind: 'ok' } });
    expect(snapshot.ports[0]?.backlog).toBe(2);
    expect(snapshot.ports[0]?.jammed).not.toBe(false);
    await until(async () => (await engine.scan()).ports[0]?.jammed === true, { everyMs: 100 });
    expect(engine.snapshot()).toMatchObject({ level: 'critical', advice: { kind: 'restart' } });
  });

  it('neither while they are only closing nor when they close on their own (defect D5)', async () => {
    const stage = await scene();
    const gateway = await startGateway(stage);
    const bot = await startBot(stage, { gateway });
    await clientZombies(gateway, bot);
    const { engine } = realEngine({ ports: gateway.ports, counting: 'settled' });
    const young = await engine.scan();
    expect(countsOf(young)).toEqual({ [gateway.port]: [0, 0] });
    expect(young.ports[0]?.closing).toBe(1);
    await bot.disconnect();
    expect((await engine.scan()).ports[0]).toMatchObject({ closing: 0, zombies: { total: 0 } });
  });
});

describe.skipIf(!hasPython)(title('a scan', !hasPython && NO_PYTHON), () => {
  it('never connects: after many scans, a plan and a clean the Gateway has accepted nothing', async () => {
    const stage = await scene();
    const gateway = await startGateway(stage);
    const { engine, plan, clean } = realEngine({ ports: gateway.ports });
    for (let look = 0; look < 10; look += 1) await engine.scan();
    await clean(await plan());
    expect(engine.snapshot().ports[0]).toMatchObject({ listening: true, gateway: { pid: gateway.pid } });
    expect(await gateway.count()).toEqual({ accepted: 0, open: 0, left: 0 });
  });

  it('remembers which bot left a zombie on the Gateway’s side after that bot has ended', async () => {
    const stage = await scene();
    const gateway = await startGateway(stage, { refusesToClose: true });
    const bot = await startBot(stage, { gateway, script: 'runner_careless.py' });
    await liveSession(gateway, bot);
    const { engine } = realEngine({ ports: gateway.ports });
    await engine.scan();
    await bot.disconnect();
    await bot.exit();
    const { owners } = await engine.scan();
    expect(owners).toMatchObject([
      { side: 'gateway', process: { pid: gateway.pid }, culprits: [{ pid: bot.pid, name: 'runner_careless.py' }] },
    ]);
  });

  it('distinguishes an answered session from one that only completed TCP', async () => {
    const stage = await scene();
    const gateway = await startGateway(stage, { mode: 'hang' });
    const bot = await startBot(stage, { gateway });
    await bot.connect({ wait: false });
    const { engine } = realEngine({ ports: gateway.ports });
    await until(async () => (await engine.scan()).ports[0]?.jammed === null);
    expect(engine.snapshot().ports[0]).toMatchObject({ established: 1, jammed: null });
  });

  it('names no Gateway once nothing listens', async () => {
    const stage = await scene();
    const gateway = await startGateway(stage, { ports: [await sparePort()] });
    const { engine } = realEngine({ ports: gateway.ports });
    expect((await engine.scan()).ports[0]?.gateway?.pid).toBe(gateway.pid);
    await gateway.vanish();
    expect((await engine.scan()).ports[0]).toMatchObject({ listening: false, gateway: null });
  });
});
