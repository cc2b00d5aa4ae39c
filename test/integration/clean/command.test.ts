import { afterEach, describe, expect, it } from 'vitest';
import { runSexton } from '../../support/sexton.ts';
import {
  type Bot,
  clientZombies,
  findSockets,
  type Gateway,
  gatewayZombies,
  hasPython,
  IBC_COSTUME,
  liveSession,
  NO_PYTHON,
  openScene,
  type Scene,
  startBot,
  startGateway,
} from '../../support/simulator/index.ts';

describe.skipIf(!hasPython)(`sexton on real sockets: ${hasPython ? '' : ` (skipped: ${NO_PYTHON})`}`, () => {
  let scene: Scene;
  let gateway: Gateway;
  let port: string;
  afterEach(() => scene.close());

  async function open(): Promise<Bot> {
    scene = await openScene();
    gateway = await startGateway(scene);
    port = String(gateway.port);
    return startBot(scene, { gateway, script: 'tws_bot/gateway_tools/run.py' });
  }

  const zombiesLeft = async () => (await findSockets({ remote: gateway.port, state: 'CLOSE_WAIT' })).length;

  it('status shows a clear port, then zombies and their owner', async () => {
    const bot = await open();
    const clear = await runSexton(['status', '--port', port]);
    expect(clear).toMatchObject({ code: 0, stderr: '' });
    expect(clear.stdout).toContain('✓ Clear');

    await clientZombies(gateway, bot, 2);
    const found = await runSexton(['status', '--port', port]);
    expect(found.code).toBe(1);
    expect(found.stdout).toMatch(/2 zombie connections\n/);
    expect(found.stdout).toMatch(new RegExp(`2 {2}run\\.py {2}Can clean\\n {5}pid ${bot.pid} · ${port}`));
    expect((await gateway.count()).accepted).toBe(2);
  });

  it('status --json prints one snapshot and nothing else', async () => {
    const bot = await open();
    await clientZombies(gateway, bot, 1);
    const { stdout, stderr, code } = await runSexton(['status', '--json', '--port', port]);
    expect(code).toBe(1);
    expect(stderr).toBe('');
    const snapshot = JSON.parse(stdout);
    expect(snapshot).toMatchObject({
      level: 'notice',
      ports: [{ port: gateway.port, listening: true, zombies: { client: 1, gateway: 0, total: 1 } }],
      owners: [{ process: { pid: bot.pid, name: 'run.py' }, verdict: { kind: 'cleanable' } }],
    });
  });

  it('clean without a terminal only shows the plan and exits with 2', async () => {
    const bot = await open();
    await clientZombies(gateway, bot, 2);
    const shown = await runSexton(['clean', '--port', port]);
    expect(shown.code).toBe(2);
    expect(shown.stdout).toMatch(/WILL BE STOPPED\n {2}2 {2}run\.py/);
    expect(shown.stdout).toContain('Confirm beforehand with --yes.');
    const dry = await runSexton(['clean', '--dry-run', '--yes', '--port', port]);
    expect(dry.code).toBe(1);
    expect(bot.puppet.alive).toBe(true);
    expect(await zombiesLeft()).toBe(2);
  });

  it('clean --yes stops the bot with SIGTERM, verifies, and exits with 0', async () => {
    const bot = await open();
    await clientZombies(gateway, bot, 2);
    const run = await runSexton(['clean', '--yes', '--port', port]);
    expect(run.stderr).toBe('');
    expect(run.stdout).toContain(`✓ run.py (${bot.pid}): Stopped with SIGTERM.`);
    expect(run.code).toBe(0);
    expect(await bot.puppet.exited).toEqual({ code: null, signal: 'SIGTERM' });
    expect(await zombiesLeft()).toBe(0);
  });

  it('clean --yes --json prints only the result on stdout, and the review on stderr', async () => {
    const bot = await open();
    await clientZombies(gateway, bot, 1);
    const run = await runSexton(['clean', '--yes', '--json', '--port', port]);
    expect(JSON.parse(run.stdout)).toMatchObject({
      ok: true,
      stopped: [{ pid: bot.pid, name: 'run.py', signal: 'SIGTERM' }],
      refused: [],
      remaining: 0,
    });
    expect(run.stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(run.stderr).toContain('WILL BE STOPPED');
    expect(run.code).toBe(0);
  });

  it('clean does not stop a bot with a live session unless it is included by pid', async () => {
    const bot = await open();
    await clientZombies(gateway, bot, 1);
    await liveSession(gateway, bot);
    const spared = await runSexton(['clean', '--yes', '--port', port]);
    expect(spared.code).toBe(1);
    expect(spared.stdout).toContain(`sexton clean --include ${bot.pid}`);
    expect(bot.puppet.alive).toBe(true);

    const included = await runSexton(['clean', '--yes', '--port', port, '--include', String(bot.pid)]);
    expect(included.stdout).toContain('Ends 1 live session.');
    expect(await bot.puppet.exited).toEqual({ code: null, signal: 'SIGTERM' });
  });

  it('clean says that only a restart frees what the Gateway holds, does not leak its password, and exits with 1', async () => {
    scene = await openScene();
    gateway = await startGateway(scene, IBC_COSTUME);
    await gatewayZombies(gateway, 3);
    const run = await runSexton(['clean', '--yes', '--port', String(gateway.port)]);
    expect(run.code).toBe(1);
    expect(run.stdout).toContain(
      `3 zombie connections remain. All 3 are held by IB Gateway (pid ${gateway.pid}): only a restart of the Gateway frees them.`,
    );
    const json = await runSexton(['status', '--json', '--port', String(gateway.port)]);
    const secrets = IBC_COSTUME.args?.slice(-3) ?? [];
    expect(secrets.length).toBeGreaterThan(0);
    for (const secret of secrets) expect(`${run.stdout}${run.stderr}${json.stdout}`).not.toContain(secret);
  });
});

describe('invalid input on the command line', () => {
  it.each([
    [['status', '--port', '70000'], '--port 70000: must be a whole number from 1 to 65535'],
    [['watch', '--interval', '0.1'], '--interval 0.1: must be a number of seconds from 0.5 to 60'],
    [['frobnicate'], 'command frobnicate: unknown; the commands are status, watch, clean'],
  ])('%j gives exit code 64 and one line on stderr', async (args, words) => {
    const { code, stdout, stderr } = await runSexton(args);
    expect(code).toBe(64);
    expect(stdout).toBe('');
    expect(stderr.startsWith(`sexton: ${words}`)).toBe(true);
    expect(stderr.split('\n')).toHaveLength(2);
  });
});
