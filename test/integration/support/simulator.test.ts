import { spawn } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import {
  backlogZombies,
  botCommand,
  clientZombies,
  findSockets,
  gatewayZombies,
  hasPython,
  hungSessions,
  IBC_COSTUME,
  liveSession,
  manySockets,
  NO_PYTHON,
  noNetworkNamespaces,
  noOtherUser,
  OTHER_UID,
  openForeignScene,
  openScene,
  runs,
  type Scene,
  sparePort,
  startBot,
  startGateway,
  startNoise,
  untilSockets,
} from '../../support/simulator/index.ts';
import { until } from '../../support/until.ts';

const isLinux = process.platform === 'linux';
const scenes: Scene[] = [];

async function scene(options?: Parameters<typeof openScene>[0]): Promise<Scene> {
  const opened = await openScene(options);
  scenes.push(opened);
  return opened;
}

afterEach(async () => {
  for (const opened of scenes.splice(0)) await opened.close();
});

const title = (name: string, problem: string | null | false) => (problem ? `${name} (skipped: ${problem})` : name);

describe.skipIf(!hasPython)(title('the simulator', !hasPython && NO_PYTHON), () => {
  it('makes client-side zombies beside a live session of the same bot', async () => {
    const stage = await scene();
    const gateway = await startGateway(stage);
    const bot = await startBot(stage, { gateway });
    const [live = 0] = await liveSession(gateway, bot);
    const zombies = await clientZombies(gateway, bot, 3);
    const left = await findSockets({ remote: gateway.port, state: 'CLOSE_WAIT' });
    expect(left.map((socket) => socket.local.port).sort()).toEqual(zombies.sort());
    expect(await findSockets({ local: live, state: 'ESTABLISHED' })).toHaveLength(1);
    await bot.disconnect(zombies);
    expect(await findSockets({ remote: gateway.port, state: 'CLOSE_WAIT' })).toHaveLength(0);
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

  it('leaves nothing behind when bot and Gateway both close', async () => {
    const stage = await scene();
    const gateway = await startGateway(stage);
    const bot = await startBot(stage, { gateway });
    await liveSession(gateway, bot);
    await bot.disconnect();
    await until(async () => (await gateway.count()).open === 0);
    expect(await findSockets({ local: gateway.port, state: 'CLOSE_WAIT' })).toHaveLength(0);
    expect(await findSockets({ remote: gateway.port, state: 'CLOSE_WAIT' })).toHaveLength(0);
  });

  it('makes a jammed Gateway that leaves the greeting unread', async () => {
    const stage = await scene();
    const gateway = await startGateway(stage, { mode: 'hang' });
    const bot = await startBot(stage, { gateway });
    const [port = 0] = await hungSessions(gateway, bot);
    expect((await findSockets({ local: gateway.port, remote: port }))[0]).toMatchObject({
      state: 'ESTABLISHED',
      recvQ: 17,
    });
    expect(await bot.connect({ timeoutMs: 100 })).toMatchObject([{ answered: false }]);
  });

  it('makes zombies without an owner in the backlog of a Gateway that stopped accepting', async () => {
    const stage = await scene();
    const gateway = await startGateway(stage);
    const bot = await startBot(stage, { gateway });
    await backlogZombies(gateway, bot, 2);
    const left = await findSockets({ local: gateway.port, state: 'CLOSE_WAIT' });
    if (isLinux) expect(left.map((socket) => socket.inode)).toEqual([0, 0]);
    expect((await gateway.count()).accepted).toBe(0);
    await gateway.startAccepting();
    await until(async () => (await gateway.count()).accepted === 2);
  });

  it.skipIf(!isLinux)('keeps a client in SYN_SENT when the backlog is full', async () => {
    const stage = await scene();
    const gateway = await startGateway(stage, { accepting: false, backlog: 0 });
    const bot = await startBot(stage, { gateway });
    await bot.connect({ wait: false });
    const port = await bot.knock();
    await untilSockets([{ local: port, remote: gateway.port, state: 'SYN_SENT' }]);
  });

  it('lets a Gateway end and come back on the same port while the bots keep their zombies', async () => {
    const stage = await scene();
    const gateway = await startGateway(stage);
    const bot = await startBot(stage, { gateway });
    const [port = 0] = await liveSession(gateway, bot);
    expect(await gateway.vanish()).toEqual({ code: null, signal: 'SIGKILL' });
    await untilSockets([{ local: port, state: 'CLOSE_WAIT' }]);
    const next = await gateway.comeBack();
    expect(next.ports).toEqual(gateway.ports);
    expect(next.pid).not.toBe(gateway.pid);
    await liveSession(next, bot);
  });

  it('lets a Gateway stop listening and listen again within one process', async () => {
    const stage = await scene();
    const gateway = await startGateway(stage);
    await gateway.unlisten();
    expect(await findSockets({ local: gateway.port, state: 'LISTEN' })).toHaveLength(0);
    await gateway.listen();
    expect(await findSockets({ local: gateway.port, state: 'LISTEN' })).toHaveLength(1);
  });

  it.each([
    { host: '127.0.0.1', client: '127.0.0.1', family: 4, seen: '127.0.0.1' },
    { host: '::1', client: '::1', family: 6, seen: '::1' },
    { host: '::', client: '127.0.0.1', family: 6, seen: '::ffff:127.0.0.1' },
    ...(isLinux ? [{ host: '::ffff:127.0.0.1', client: '127.0.0.1', family: 6, seen: '::ffff:127.0.0.1' }] : []),
  ])('listens on $host and is reached at $client', async ({ host, client, family, seen }) => {
    const stage = await scene();
    const gateway = await startGateway(stage, { host });
    const bot = await startBot(stage, { gateway });
    const [port = 0] = await liveSession(gateway, bot, { host: client });
    const [end] = await findSockets({ local: gateway.port, remote: port });
    expect(end?.family).toBe(family);
    if (isLinux) expect(end?.local.address).toBe(seen);
  });

  it('listens on several ports at once', async () => {
    const stage = await scene();
    const ports = [await sparePort(), await sparePort()];
    const gateway = await startGateway(stage, { ports });
    const bot = await startBot(stage, { gateway });
    for (const port of ports) await bot.connect({ port });
    expect((await gateway.count()).accepted).toBe(2);
  });

  it.skipIf(!isLinux)('disguises the Gateway as the java of IB Gateway, started by IBC', async () => {
    const stage = await scene();
    const gateway = await startGateway(stage, IBC_COSTUME);
    expect(readlinkSync(`/proc/${gateway.pid}/exe`)).toBe(
      stage.path('Applications/IB Gateway 10.45/.install4j/jre.bundle/Contents/Home/bin/java'),
    );
    expect(readFileSync(`/proc/${gateway.pid}/comm`, 'utf8')).toBe('java\n');
    expect(readFileSync(`/proc/${gateway.pid}/cmdline`, 'utf8').split('\0').slice(1, 6)).toEqual([
      '-Xmx768m',
      'ibcalpha.ibc.IbcGateway',
      '/home/edemo/ibc/config.ini',
      'edemouser',
      'secretpass',
    ]);
    await liveSession(gateway, await startBot(stage, { gateway }));
  });

  it.skipIf(!isLinux)('names bots by script, by module and by the script itself', async () => {
    const stage = await scene();
    const byPath = await startBot(stage, { script: 'tws_bot/gateway_tools/run.py', args: ['--token', 'abc'] });
    const byModule = await startBot(stage, { module: 'tws_bot.runner' });
    const byShebang = await startBot(stage, { script: 'runner_fast.py', shebang: true });
    const args = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(1, -1);
    expect(args(byPath.pid)).toEqual([stage.path('tws_bot/gateway_tools/run.py'), '--token', 'abc']);
    expect(args(byModule.pid)).toEqual(['-m', 'tws_bot.runner']);
    expect(readFileSync(`/proc/${byShebang.pid}/comm`, 'utf8')).toBe('runner_fast.py\n');
  });

  it('leaks a zombie to a child that keeps it after the bot has ended', async () => {
    const stage = await scene();
    const gateway = await startGateway(stage);
    const bot = await startBot(stage, { gateway });
    const ports = await clientZombies(gateway, bot, 2);
    const forked = await bot.leak({ ports: ports.slice(0, 1) });
    const other = await bot.leak({ ports: ports.slice(1), script: 'helper.py' });
    await bot.crash();
    expect(await findSockets({ remote: gateway.port, state: 'CLOSE_WAIT' })).toHaveLength(2);
    expect(stage.survivors()).toEqual(expect.arrayContaining([forked, other, gateway.pid]));
    scenes.splice(scenes.indexOf(stage), 1);
    await stage.close();
    expect([forked, other].map(runs)).toEqual([false, false]);
  });

  it('keeps the zombie in the parent and the live session in its worker, which ends with it', async () => {
    const stage = await scene();
    const gateway = await startGateway(stage);
    const bot = await startBot(stage, { gateway, script: 'app.py' });
    await clientZombies(gateway, bot);
    const worker = await bot.worker();
    expect(worker.sessions).toMatchObject([{ answered: true }]);
    await bot.puppet.kill('SIGTERM');
    await until(() => !runs(worker.pid));
    expect(await findSockets({ remote: gateway.port, state: 'ESTABLISHED' })).toHaveLength(0);
  });

  it('lets a child of the Gateway inherit the listener and outlive it', async () => {
    const stage = await scene();
    const gateway = await startGateway(stage);
    const child = await gateway.fork('listener');
    await gateway.vanish();
    expect(runs(child)).toBe(true);
    expect(await findSockets({ local: gateway.port, state: 'LISTEN' })).toHaveLength(1);
  });

  it('has bots that end on SIGTERM, ignore it, or end later', async () => {
    const stage = await scene();
    const obedient = await startBot(stage);
    const deaf = await startBot(stage, { sigterm: 'ignore' });
    const slow = await startBot(stage, { sigterm: { exitAfterMs: 300 } });
    deaf.puppet.signal('SIGTERM');
    expect(await obedient.puppet.kill('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' });
    const asked = performance.now();
    expect(await slow.puppet.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(performance.now() - asked).toBeGreaterThan(250);
    expect(await deaf.listen()).toBeGreaterThan(0);
  });

  it('has bots that exclude each other by the flock on one file', async () => {
    const stage = await scene();
    const path = stage.path('connect.lock');
    const gateway = await startGateway(stage);
    const holder = await startBot(stage, { gateway });
    const waiter = await startBot(stage, { gateway });
    await holder.lock(path);
    await expect(waiter.lock(path, 100)).rejects.toThrow(/TimeoutError/);
    const sessions = waiter.lockedConnect({ path, holdMs: 10 });
    await waiter.heard('waiting');
    expect((await gateway.count()).accepted).toBe(0);
    await holder.crash();
    expect(await sessions).toMatchObject([{ answered: true }]);
  });

  it('takes turns with a bot that contends for the lock back to back', async () => {
    const stage = await scene();
    const path = stage.path('connect.lock');
    const [greedy, patient] = [await startBot(stage), await startBot(stage)];
    await greedy.contend(path, 20);
    await patient.contend(path, 20);
    expect(await patient.stopContending()).toBeGreaterThan(0);
    expect(await greedy.stopContending()).toBeGreaterThan(0);
  });

  it('makes unrelated sockets in every state', async () => {
    const stage = await scene();
    const noise = await startNoise(stage);
    const clientPort = await sparePort();
    const server = await noise.pairs({ clientPort, state: 'close-wait' });
    expect(server.clientPorts).toEqual([clientPort]);
    await noise.pairs({ state: 'fin-wait-2', count: 2 });
    await noise.pairs({ state: 'time-wait' });
    const many = await manySockets(stage, 500);
    expect(many.pid).not.toBe(noise.pid);
  });

  it('runs a bot under another program by plan, with the next plan at each start', async () => {
    const stage = await scene();
    const gateway = await startGateway(stage);
    const bot = botCommand(stage, { gateway }, [{ do: 'exit', code: 3 }], [{ do: 'connect' }, { do: 'stay' }]);
    const start = () => {
      const [file = '', ...args] = bot.command;
      return spawn(file, args, { cwd: bot.cwd, env: bot.env, stdio: ['ignore', 'pipe', 'inherit'] });
    };
    const first = start();
    expect(await new Promise((resolve) => first.once('exit', resolve))).toBe(3);
    const second = start();
    const lines: string[] = [];
    createInterface(second.stdout).on('line', (line) => lines.push(line));
    await until(() => lines.some((line) => line.includes('"answered": true')));
    expect(stage.survivors()).toContain(second.pid);
  });

  it.skipIf(noOtherUser)(title('runs a bot as another user', noOtherUser), async () => {
    const stage = await scene();
    const gateway = await startGateway(stage);
    const bot = await startBot(stage, { gateway, uid: OTHER_UID });
    await clientZombies(gateway, bot);
    if (isLinux)
      expect(readFileSync(`/proc/${bot.pid}/status`, 'utf8')).toMatch(
        new RegExp(`^Uid:\\t${OTHER_UID}\\t${OTHER_UID}`, 'm'),
      );
  });

  describe.skipIf(noNetworkNamespaces)(title('in a private network', noNetworkNamespaces), () => {
    it('can use the real ports', async () => {
      const stage = await scene({ network: 'private' });
      const gateway = await startGateway(stage, { ports: [7497, 7496, 4002, 4001] });
      const bot = await startBot(stage, { gateway, ...(noOtherUser ? {} : { uid: OTHER_UID }) });
      const [port = 0] = await clientZombies(gateway, bot);
      expect(await findSockets({ local: port, remote: 7497, state: 'CLOSE_WAIT' }, stage.network)).toHaveLength(1);
      expect(await findSockets({ local: port, remote: 7497 })).toHaveLength(0);
    });

    it('reaches another machine with its own Gateway ports', async () => {
      const home = await scene({ network: 'private' });
      const { scene: abroad, host } = await openForeignScene(home);
      scenes.push(abroad);
      const foreign = await startGateway(abroad, { ports: [4001], host });
      const gateway = await startGateway(home, { ports: [4002] });
      const upstream = await gateway.dial(host, 4001);
      await untilSockets([{ local: upstream, remote: 4001, state: 'ESTABLISHED' }], home.network);
      expect((await foreign.count()).accepted).toBe(1);
    });

    it('gives a bot the pid of one that has ended', async () => {
      const stage = await scene();
      const gone = await startBot(stage);
      await gone.crash();
      const next = await startBot(stage, { pid: gone.pid, script: 'innocent.py' });
      expect(next.pid).toBe(gone.pid);
      expect(await next.puppet.kill('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' });
    });
  });
});
