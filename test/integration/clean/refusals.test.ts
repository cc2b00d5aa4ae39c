import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { PlanRefusal } from '../../../shared/plan.ts';
import { PROTECTED_WORDS } from '../../../shared/words/verdict.ts';
import { realEngine } from '../../support/real-engine.ts';
import {
  type Bot,
  clientZombies,
  type Gateway,
  gatewayZombies,
  hasPython,
  IBC_COSTUME,
  liveSession,
  NO_PYTHON,
  noOtherUser,
  OTHER_UID,
  openScene,
  pythonExecutable,
  runs,
  type Scene,
  sparePort,
  startBot,
  startGateway,
  untilSockets,
} from '../../support/simulator/index.ts';
import { until } from '../../support/until.ts';

const CLI = fileURLToPath(new URL('../../../electron/cli.ts', import.meta.url));

/** A bot that gets a zombie, starts the command it was given, and ends with its exit code. */
const PARENT = `
import socket, subprocess, sys
sock = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
sock.recv(1)
sys.exit(subprocess.run(sys.argv[2:]).returncode)
`;

let stage: Scene;
afterEach(() => stage.close());

const title = (name: string, problem: string | null | false) => (problem ? `${name} (skipped: ${problem})` : name);

/** A Gateway, a bot with one zombie, and the engine that watches the Gateway's ports. */
async function scene(
  costumes: { gateway?: Parameters<typeof startGateway>[1]; bot?: Parameters<typeof startBot>[1] } = {},
) {
  stage = await openScene();
  const gateway = await startGateway(stage, costumes.gateway);
  const bot = await startBot(stage, { gateway, ...costumes.bot });
  await clientZombies(gateway, bot);
  return { gateway, bot, ...realEngine({ ports: gateway.ports }) };
}

/** Plans and cleans, and shows of the refused only who and why. */
async function cleanAll({ plan, clean }: Awaited<ReturnType<typeof scene>>, request = {}) {
  const made = await plan(request);
  const result = await clean(made);
  const why = new Map(made.refused.map(({ process, reason }: PlanRefusal) => [process.pid, reason]));
  return { made, result, why, targets: made.targets.map(({ process }) => process.pid) };
}

const unharmed = (...these: (Bot | Gateway)[]) =>
  expect(these.map(({ pid }) => runs(pid))).toEqual(these.map(() => true));

describe.skipIf(!hasPython)(title('cleaning real processes', !hasPython && NO_PYTHON), () => {
  it('cleans …/tws_bot/gateway_tools/run.py with SIGTERM alone', async () => {
    const all = await scene({ bot: { script: 'tws_bot/gateway_tools/run.py' } });
    const { result, made } = await cleanAll(all);
    expect(made.targets).toMatchObject([{ process: { name: 'run.py' }, zombies: 1, verdict: { reason: 'python' } }]);
    expect(result).toMatchObject({
      ok: true,
      remaining: 0,
      refused: [],
      stopped: [{ pid: all.bot.pid, signal: 'SIGTERM' }],
    });
    expect(await all.bot.puppet.exited).toEqual({ code: null, signal: 'SIGTERM' });
    expect(all.signals()).toEqual([`${all.bot.pid} SIGTERM sent`]);
    unharmed(all.gateway);
  });

  it('refuses a Python process that listens on the port, and advises a restart for its zombies', async () => {
    const all = await scene({ gateway: { script: 'runner_gateway.py' } });
    await gatewayZombies(all.gateway, 2);
    const { result, why, targets } = await cleanAll(all);
    expect(targets).toEqual([all.bot.pid]);
    expect(why.get(all.gateway.pid)).toBe('gateway-listener');
    expect(result).toMatchObject({ ok: false, remaining: 2, stopped: [{ pid: all.bot.pid }] });
    unharmed(all.gateway);
  });

  it('refuses a child that inherited the listener, and one that inherited accepted connections', async () => {
    const all = await scene();
    await gatewayZombies(all.gateway, 1);
    const heirs = [
      await all.gateway.fork('listener', { script: 'runner_heir.py' }),
      await all.gateway.fork('clients', { script: 'runner_heir.py' }),
    ];
    await all.gateway.vanish();
    const { plan } = all;
    const made = await plan();
    expect(made.targets.map(({ process }) => process.pid)).toEqual([all.bot.pid]);
    const own = (await all.engine.scan()).owners.filter(({ process }) => heirs.includes(process.pid));
    expect(own.map(({ verdict }) => verdict)).toEqual([{ kind: 'protected', reason: 'gateway-listener' }]);
    expect(heirs.map(runs)).toEqual([true, true]);
  });

  it('refuses a Gateway that IBC started, and shows neither its user nor its password', async () => {
    const all = await scene({ gateway: IBC_COSTUME });
    await gatewayZombies(all.gateway, 1);
    const { made, why } = await cleanAll(all);
    expect(why.get(all.gateway.pid)).toBe('gateway-listener');
    const shown = JSON.stringify([made, all.engine.snapshot(), all.journal]);
    expect(shown).toContain('IB Gateway');
    expect(shown).not.toMatch(/edemouser|secretpass/);
  });

  it.each([
    ['java', 'opt/jre/bin/java', 'gateway-program'],
    ['JavaApplicationStub', 'IB Gateway 10.45/IB Gateway.app/Contents/MacOS/JavaApplicationStub', 'gateway-program'],
    ['Python in a TWS folder', 'Trader Workstation/python3', 'gateway-program'],
    ['socat', 'bin/socat', 'forwarder'],
    ['ssh', 'bin/ssh', 'forwarder'],
    ['com.docker.backend', 'bin/com.docker.backend', 'forwarder'],
    ['a stranger', 'bin/browser', 'not-a-bot'],
  ])('refuses a client that is %s', async (_, program, reason) => {
    const all = await scene({ bot: { program, script: 'unlisted.py' } });
    const { why, result } = await cleanAll(all);
    expect(why.get(all.bot.pid)).toBe(reason);
    expect(result).toMatchObject({ ok: false, stopped: [], remaining: 1 });
    expect(all.signals()).toEqual([]);
    unharmed(all.bot);
  });

  it('refuses the child of a listener', async () => {
    const all = await scene();
    const child = await all.bot.leak({ script: 'runner_child.py' });
    const port = await all.bot.listen();
    const { refused, targets } = await realEngine({ ports: [all.gateway.port, port] }).plan();
    expect(targets).toEqual([]);
    expect(new Map(refused.map(({ process, reason }) => [process.pid, reason]))).toEqual(
      new Map([
        [all.bot.pid, 'gateway-listener'],
        [child, 'gateway-family'],
      ]),
    );
  });

  it('refuses the parent of a listener', async () => {
    stage = await openScene();
    const gateway = await startGateway(stage);
    const parent = await startGateway(stage, { script: 'runner_parent.py' });
    const child = await parent.fork('listener');
    await parent.unlisten();
    const dialled = await parent.dial('127.0.0.1', gateway.port);
    await until(() => gateway.closeClients([dialled]));
    await untilSockets([{ local: dialled, state: 'CLOSE_WAIT' }]);
    const { refused, targets } = await realEngine({ ports: [gateway.port, parent.port] }).plan();
    expect(targets).toEqual([]);
    expect(refused.map(({ process, reason }) => [process.pid, reason])).toEqual([[parent.pid, 'gateway-family']]);
    expect(runs(child)).toBe(true);
  });

  it('refuses the bot that Sexton was started from', async () => {
    stage = await openScene();
    const gateway = await startGateway(stage);
    const home = stage.path('home');
    const script = stage.path('runner_parent.py');
    writeFileSync(script, PARENT);
    const sexton = [process.execPath, CLI, 'clean', '--yes', '--json', '--port', String(gateway.port)];
    const parent = spawn(pythonExecutable(), [script, String(gateway.port), ...sexton], {
      env: { ...process.env, SEXTON_HOME: home, NODE_NO_WARNINGS: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const output = text(parent.stdout);
    await until(() => gateway.closeClients());
    const [code] = await once(parent, 'exit');
    expect(JSON.parse(await output)).toMatchObject({
      ok: false,
      stopped: [],
      remaining: 1,
      refused: [{ pid: parent.pid, reason: PROTECTED_WORDS.self }],
    });
    expect(code).toBe(1);
  });

  it.skipIf(noOtherUser)(title('refuses another user’s bot', noOtherUser), async () => {
    const all = await scene({ bot: { uid: OTHER_UID } });
    const { why, result } = await cleanAll(all);
    expect(why.get(all.bot.pid)).toBe('other-user');
    expect(result.stopped).toEqual([]);
    unharmed(all.bot);
  });

  describe('refuses a bot with a live session', () => {
    it('on the same port, unless its pid is included', async () => {
      const all = await scene();
      await liveSession(all.gateway, all.bot);
      const first = await cleanAll(all);
      expect(first.why.get(all.bot.pid)).toBe('live-session');
      expect(first.made.refused).toMatchObject([{ liftable: true, sessions: 1 }]);
      unharmed(all.bot);
      expect((await all.plan({ includeLive: [all.gateway.pid, 1] })).targets).toEqual([]);
      const second = await cleanAll(all, { includeLive: [all.bot.pid] });
      expect(second.made.addsGatewaySide).toBe(1);
      expect(second.result.stopped).toMatchObject([{ pid: all.bot.pid, signal: 'SIGTERM' }]);
    });

    it('on another protected port that is not the one to clean', async () => {
      stage = await openScene();
      const ports = [await sparePort(), await sparePort()] as const;
      const gateway = await startGateway(stage, { ports });
      const bot = await startBot(stage, { gateway });
      await clientZombies(gateway, bot);
      await bot.connect({ port: ports[1] });
      const { plan } = realEngine({
        ports: [ports[0]],
        settings: { ports: ports.map((port) => ({ port, label: '' })) },
      });
      expect((await plan()).refused).toMatchObject([{ process: { pid: bot.pid }, reason: 'live-session' }]);
    });

    it('on the unusual port of a running Gateway that no setting names', async () => {
      stage = await openScene();
      const gateway = await startGateway(stage);
      const other = await startGateway(stage, IBC_COSTUME);
      const bot = await startBot(stage, { gateway });
      await clientZombies(gateway, bot);
      await bot.connect({ port: other.port });
      const { plan } = realEngine({ ports: [gateway.port] });
      expect((await plan()).refused).toMatchObject([{ process: { pid: bot.pid }, reason: 'live-session' }]);
    });

    it('in a worker', async () => {
      const all = await scene({ bot: { script: 'app.py' } });
      const worker = await all.bot.worker();
      const { why, result } = await cleanAll(all);
      expect(why.get(all.bot.pid)).toBe('live-session');
      expect(result.stopped).toEqual([]);
      expect([all.bot.pid, worker.pid].map(runs)).toEqual([true, true]);
    });

    it.skipIf(process.platform !== 'linux')('that is only being opened (SYN_SENT)', async () => {
      const all = await scene();
      const full = await startGateway(stage, { accepting: false, backlog: 0 });
      await all.bot.connect({ port: full.port, wait: false });
      const knocking = await startBot(stage, { gateway: all.gateway });
      await clientZombies(all.gateway, knocking);
      await knocking.knock({ port: full.port });
      const { refused } = await realEngine({ ports: [all.gateway.port, full.port] }).plan({
        ports: [all.gateway.port],
      });
      expect(refused.find(({ process: { pid } }) => pid === knocking.pid)?.reason).toBe('live-session');
    });
  });
});
