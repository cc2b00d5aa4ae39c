import { afterEach, describe, expect, it } from 'vitest';
import type { PlanRefusal } from '../../../shared/plan.ts';
import { realEngine } from '../../support/real-engine.ts';
import {
  type Bot,
  clientZombies,
  type Gateway,
  hasPython,
  hungSessions,
  IBC_COSTUME,
  liveSession,
  NO_PYTHON,
  openScene,
  runs,
  type Scene,
  sparePort,
  startBot,
  startGateway,
} from '../../support/simulator/index.ts';

let stage: Scene;
afterEach(() => stage.close());

/** A Gateway and a bot with one zombie on it. */
async function scene(costume: Parameters<typeof startBot>[1] = {}): Promise<{ gateway: Gateway; bot: Bot }> {
  stage = await openScene();
  const gateway = await startGateway(stage);
  const bot = await startBot(stage, { gateway, ...costume });
  await clientZombies(gateway, bot);
  return { gateway, bot };
}

/** Plans and cleans; shows whom it was about, and what became of whom it names. */
async function cleanAll(ports: readonly number[], includeLive: readonly number[] = []) {
  const { plan, clean, signals } = realEngine({ ports });
  const made = await plan({ includeLive });
  const result = await clean(made);
  const refusal = (pid: number): PlanRefusal | undefined => made.refused.find(({ process }) => process.pid === pid);
  return { result, refusal, targets: made.targets.map(({ process }) => process.pid), signals: signals() };
}

describe.skipIf(!hasPython)(`the verdict of a clean${hasPython ? '' : ` (skipped: ${NO_PYTHON})`}`, () => {
  it('protects the supervisor of a Gateway that is logging in, even when its pid is included', async () => {
    const { gateway, bot } = await scene({ script: 'supervisor.py' });
    const login = await bot.child({ program: IBC_COSTUME.program ?? '', script: 'ibc.py' });
    for (const included of [[], [bot.pid]]) {
      const { refusal, signals } = await cleanAll([gateway.port], included);
      expect(refusal(bot.pid)).toMatchObject({
        reason: 'gateway-family',
        liftable: false,
        text: `It is a parent of IB Gateway (${login}), which only you restart.`,
      });
      expect(signals).toEqual([]);
    }
    expect([bot.pid, login].map(runs)).toEqual([true, true]);
  });

  it('allows the supervisor of a Java that cannot be told from a Gateway only when its pid is included', async () => {
    const { gateway, bot } = await scene({ script: 'supervisor.py' });
    const java = await bot.child({ program: 'opt/jre/bin/java', script: 'spark.py' });
    const first = await cleanAll([gateway.port]);
    expect(first.refusal(bot.pid)).toMatchObject({ reason: 'gateway-family', liftable: true });
    expect(first.signals).toEqual([]);
    expect([bot.pid, java].map(runs)).toEqual([true, true]);
    expect((await cleanAll([gateway.port], [bot.pid])).signals).toEqual([`${bot.pid} SIGTERM sent`]);
  });

  it('protects a forked worker that inherited the zombie from a parent with a live session', async () => {
    const { gateway, bot } = await scene({ script: 'app.py' });
    const worker = await bot.leak({ close: true });
    await liveSession(gateway, bot);
    const { refusal, targets, signals } = await cleanAll([gateway.port]);
    expect(targets).toEqual([]);
    expect(refusal(worker)).toMatchObject({
      reason: 'live-session',
      liftable: true,
      text: `Its parent app.py (${bot.pid}) has a live API session and may be trading.`,
    });
    expect(signals).toEqual([]);
    expect([bot.pid, worker].map(runs)).toEqual([true, true]);
  });

  describe('of a bot with a session through ssh', () => {
    /** Its zombie is on the Gateway's own port, and its session on a port on which `ssh` listens. */
    async function throughSsh(args: (local: number, gateway: Gateway) => string[]) {
      const { gateway, bot } = await scene();
      const local = await sparePort();
      const ssh = await startGateway(stage, { program: 'bin/ssh', ports: [local], args: args(local, gateway) });
      await liveSession(ssh, bot, { port: local });
      return { bot, ...(await cleanAll([gateway.port])) };
    }

    it.each<[string, Parameters<typeof throughSsh>[0]]>([
      ['that leads to the Gateway', (local, { port }) => ['-N', '-L', `${local}:localhost:${port}`, 'trader']],
      ['whose destination is unknown', () => []],
    ])('protects it when the tunnel is one %s', async (_, args) => {
      const { bot, refusal, signals } = await throughSsh(args);
      expect(refusal(bot.pid)?.reason).toBe('live-session');
      expect(signals).toEqual([]);
      expect(runs(bot.pid)).toBe(true);
    });

    it('allows it when the tunnel leads to a database', async () => {
      const { bot, signals } = await throughSsh((local) => ['-N', '-L', `${local}:db:5432`, 'trader']);
      expect(signals).toEqual([`${bot.pid} SIGTERM sent`]);
    });
  });

  it('allows a bot whose only session is with a database that the same Docker publishes', async () => {
    stage = await openScene();
    const ports = [await sparePort(), await sparePort()] as const;
    const docker = await startGateway(stage, { program: 'bin/docker-proxy', ports });
    const bot = await startBot(stage, { gateway: docker });
    await clientZombies(docker, bot);
    expect(await bot.connect({ port: ports[1] })).toMatchObject([{ answered: true }]);
    const { signals } = await cleanAll([ports[0]]);
    expect(signals).toEqual([`${bot.pid} SIGTERM sent`]);
    expect(runs(docker.pid)).toBe(true);
  });

  it('allows the kernel of a notebook only when its pid is included', async () => {
    const { gateway, bot } = await scene({ module: 'ipykernel_launcher', args: ['-f', '/run/kernel-1.json'] });
    const first = await cleanAll([gateway.port]);
    expect(first.refusal(bot.pid)).toMatchObject({
      reason: 'interactive',
      liftable: true,
      text: 'It is a notebook. Stopping it loses everything in its memory.',
    });
    expect(first.signals).toEqual([]);
    expect((await cleanAll([gateway.port], [bot.pid])).signals).toEqual([`${bot.pid} SIGTERM sent`]);
  });

  it('allows a bot that runs as a module, and names it by its module', async () => {
    const { gateway, bot } = await scene({ module: 'robo_trader.runner_async' });
    const { result, signals } = await cleanAll([gateway.port]);
    expect(result.stopped).toMatchObject([{ pid: bot.pid, name: 'robo_trader.runner_async' }]);
    expect(signals).toEqual([`${bot.pid} SIGTERM sent`]);
  });

  it.skipIf(process.platform !== 'linux')('depends on whether the Gateway ever answered the session', async () => {
    const { gateway, bot } = await scene();
    await gateway.setMode('hang');
    await hungSessions(gateway, bot);
    const { refusal } = await cleanAll([gateway.port]);
    expect(refusal(bot.pid)).toMatchObject({
      reason: 'live-session',
      liftable: true,
      text: 'Its API session was never answered by the Gateway, so it is probably hung. Include it if you are sure.',
    });
    await gateway.setMode('answer');
    await liveSession(gateway, bot);
    expect((await cleanAll([gateway.port])).refusal(bot.pid)?.text).toMatch(/may be trading/);
  });
});
