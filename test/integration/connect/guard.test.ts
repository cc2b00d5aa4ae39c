import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { killActors, pythonHolder, pythonTry } from '../../support/flock/actors.ts';
import { makeHome, type SextonHome } from '../../support/guard/home.ts';
import { type RunningSexton, type SextonRun, startSexton } from '../../support/sexton.ts';
import {
  type BotOptions,
  botCommand,
  clientZombies,
  type Gateway,
  type GatewayMode,
  hasPython,
  NO_PYTHON,
  openScene,
  type PlanStep,
  runs,
  type Scene,
  startBot,
  startGateway,
} from '../../support/simulator/index.ts';
import { until } from '../../support/until.ts';

const STAY: PlanStep[] = [{ do: 'connect' }, { do: 'stay' }];

describe.skipIf(!hasPython)(`sexton guard${hasPython ? '' : ` (skipped: ${NO_PYTHON})`}`, () => {
  let scene: Scene;
  let gateway: Gateway;
  let home: SextonHome;
  const running: RunningSexton[] = [];

  beforeEach(async () => {
    scene = await openScene();
    home = makeHome({ graceMs: 500 });
  });
  afterEach(async () => {
    for (const one of running.splice(0)) one.signal('SIGKILL');
    await killActors();
    await scene.close();
    home.remove();
  });

  async function open(mode: GatewayMode = 'answer'): Promise<void> {
    gateway = await startGateway(scene, { mode });
  }

  function start(
    flags: readonly string[],
    plans: PlanStep[][],
    { bot = {}, more = {} }: { bot?: BotOptions; more?: Readonly<Record<string, string>> } = {},
  ): RunningSexton {
    const { command, env, cwd } = botCommand(scene, { gateway, ...bot }, ...plans);
    const args = ['guard', '--port', String(gateway.port), ...flags, '--', ...command];
    const guard = startSexton(args, { home: home.folder, env: { ...env, ...more }, cwd });
    running.push(guard);
    return guard;
  }

  const botPid = async (guard: RunningSexton): Promise<number> =>
    Number(/"pid": (\d+)/.exec(await guard.printed(/"pid": \d+/))?.[1]);
  const succeeded = () => until(() => home.journal('connect_succeeded')[0], { what: 'success' });
  const events = (...names: string[]) =>
    home.journal().flatMap(({ event }) => (names.includes(String(event)) ? [event] : []));

  async function endBySignal(guard: RunningSexton, signal: NodeJS.Signals = 'SIGTERM'): Promise<SextonRun> {
    guard.signal(signal);
    return guard.ended;
  }

  it('counts a session that stays as a success, and releases the lock before that', async () => {
    await open();
    const guard = start([], [STAY]);
    await guard.printed(/"connected": true/);
    await until(() => pythonTry(home.lockPath) === 'locked', { everyMs: 50 });
    await succeeded();
    // The success comes 2 s after the handshake: what is before it took less.
    expect(events('lock_acquired', 'connect_attempt', 'lock_released', 'connect_succeeded')).toEqual([
      'lock_acquired',
      'connect_attempt',
      'lock_released',
      'connect_succeeded',
    ]);
    expect((await gateway.count()).accepted).toBe(1);
    const { code, stderr } = await endBySignal(guard);
    expect({ code, stderr }).toEqual({ code: 143, stderr: '' });
  });

  it('holds the lock while the handshake is under way', async () => {
    await open('hang');
    const guard = start(['--timeout', '20'], [[{ do: 'connect', wait: false }, { do: 'stay' }]]);
    await guard.printed(/"answered": false/);
    expect(pythonTry(home.lockPath)).toBe('busy');
    expect((await endBySignal(guard)).code).toBe(143);
    expect(pythonTry(home.lockPath)).toBe('locked');
  });

  it('never stops a bot that is connected on a watched port other than the one guard was given', async () => {
    await open('hang');
    const other = await startGateway(scene, { mode: 'answer' });
    home.remove();
    home = makeHome({ graceMs: 500, ports: [{ port: other.port, label: 'other' }] });
    const guard = start(['--timeout', '1', '--retries', '1'], [STAY], { bot: { gateway: other } });
    const pid = await botPid(guard);
    await until(() => guard.stderr().includes('guard lets it run'), { what: 'the word of it' });
    expect(guard.stderr()).toContain(`a live API session on ${other.port}`);
    expect(runs(pid)).toBe(true);
    expect(events('signal_planned', 'connect_failed')).toEqual([]);
    expect((await endBySignal(guard)).code).toBe(143);
  });

  it('stops a bot that the Gateway accepts and never answers, waits and tries again', async () => {
    await open('hang');
    const guard = start(['--timeout', '1', '--retries', '1'], [[{ do: 'connect', wait: false }, { do: 'stay' }]]);
    const { code, stderr, stdout } = await guard.ended;
    expect(code).toBe(75);
    expect(stderr).toMatch(/Attempt 1 of 2 failed: the Gateway accepted .* did not answer within 1 s\. Next attempt/);
    expect(stderr).toMatch(/Gave up after 2 attempts\. The bot's last exit code was 143\./);
    const pids = [...stdout.matchAll(/"pid": (\d+)/g)].map(([, pid]) => Number(pid));
    expect(pids).toHaveLength(2);
    for (const pid of pids) expect(runs(pid)).toBe(false);
    expect(home.journal('connect_failed')).toMatchObject([{ attempt: 1 }, { attempt: 2, retryInMs: null }]);
    expect(home.journal('signal_planned')).toMatchObject([
      { by: 'guard', reason: 'guarded-command', signal: 'SIGTERM', process: { pid: pids[0] } },
      { by: 'guard', reason: 'guarded-command', signal: 'SIGTERM', process: { pid: pids[1] } },
    ]);
  });

  it('sends SIGKILL to a hanging bot that ignores SIGTERM', async () => {
    await open('hang');
    const plan: PlanStep[] = [{ do: 'connect', wait: false }, { do: 'stay' }];
    const guard = start(['--timeout', '1', '--retries', '0'], [plan], { bot: { sigterm: 'ignore' } });
    const pid = await botPid(guard);
    expect((await guard.ended).code).toBe(75);
    expect(runs(pid)).toBe(false);
    expect(home.journal('signal_sent').map(({ signal }) => signal)).toEqual(['SIGTERM', 'SIGKILL']);
  });

  it.each([0, 3])('fails a bot that ends with %i before a session, and succeeds at the next attempt', async (exit) => {
    await open();
    const guard = start([], [[{ do: 'exit', code: exit }], STAY]);
    await succeeded();
    expect(guard.stderr()).toMatch(
      new RegExp(`Attempt 1 of 5 failed: .* ended with exit code ${exit}: it opened no connection`),
    );
    const wait = home.journal('connect_failed')[0]?.retryInMs;
    expect(wait).toBeGreaterThanOrEqual(1_000);
    expect(wait).toBeLessThanOrEqual(1_250);
    expect(home.journal('connect_succeeded')).toMatchObject([{ attempt: 2 }]);
    await until(() => guard.stderr().includes('Connected on attempt 2.'));
    await endBySignal(guard);
  });

  it('releases the lock while it waits for the next attempt', async () => {
    await open();
    const guard = start([], [[{ do: 'exit', code: 1 }]]);
    await until(() => home.journal('connect_failed').length === 2);
    expect(pythonTry(home.lockPath)).toBe('locked');
    await endBySignal(guard);
    expect(events('lock_acquired')).toHaveLength(events('lock_released').length);
  });

  it('names the last exit code when all attempts have failed', async () => {
    await open();
    const { code, stderr } = await start(['--retries', '0'], [[{ do: 'exit', code: 9 }]]).ended;
    expect(code).toBe(75);
    expect(stderr).toContain("Gave up after one attempt. The bot's last exit code was 9.");
  });

  it('does not restart a short job that was answered and ended with 0', async () => {
    await open();
    const { code, stdout } = await start([], [[{ do: 'connect' }, { do: 'sleep', ms: 500 }, { do: 'exit', code: 0 }]])
      .ended;
    expect(code).toBe(0);
    expect(stdout.match(/"ready"/g)).toHaveLength(1);
    expect(home.journal('connect_succeeded')).toHaveLength(1);
  });

  it("ends with the bot's own exit code after a success, without another attempt", async () => {
    await open();
    const plan: PlanStep[] = [{ do: 'connect' }, { do: 'sleep', ms: 3_000 }, { do: 'exit', code: 42 }];
    const { code, stdout } = await start([], [plan]).ended;
    expect(code).toBe(42);
    expect(stdout.match(/"ready"/g)).toHaveLength(1);
    expect(home.journal('connect_succeeded')).toHaveLength(1);
  });

  it('sees the session of a worker that the bot started', async () => {
    await open();
    const guard = start([], [[{ do: 'worker' }, { do: 'stay' }]]);
    await succeeded();
    await endBySignal(guard);
  });

  it('releases the lock to a bot that takes it itself, also in the next attempt', async () => {
    await open();
    const locked: PlanStep = { do: 'locked_connect', path: home.lockPath, holdMs: 100 };
    const guard = start(
      ['--timeout', '30'],
      [
        [locked, { do: 'exit', code: 1 }],
        [locked, { do: 'stay' }],
      ],
    );
    await succeeded();
    const waits = [...guard.stdout().matchAll(/"event": "waiting"/g)];
    expect(waits).toHaveLength(2);
    expect(guard.stderr()).toContain('takes the handshake lock itself');
    expect(home.journal('lock_acquired')).toHaveLength(1);
    // The first bot got the lock from guard in time to connect: it failed by its exit code alone.
    expect(home.journal('connect_failed')).toMatchObject([
      { attempt: 1, reason: expect.stringContaining('exit code 1') },
    ]);
    await endBySignal(guard);
  });

  it('lets two bots started together shake hands one after the other', async () => {
    await open();
    const guards = [start([], [STAY]), start([], [STAY])];
    await until(() => home.journal('connect_succeeded').length === 2);
    const order = events('lock_acquired', 'lock_released');
    expect(order).toEqual(['lock_acquired', 'lock_released', 'lock_acquired', 'lock_released']);
    await Promise.all(guards.map((guard) => endBySignal(guard)));
  });

  it('does not count a lock that was not free in time as a failed connect, and tries again', async () => {
    home.remove();
    home = makeHome({ graceMs: 500, lockTimeoutMs: 300 });
    await open();
    const holder = pythonHolder(home.lockPath);
    await holder.says('held');
    const guard = start([], [STAY]);
    await until(() => home.journal('lock_timeout').length === 1);
    await holder.kill();
    await succeeded();
    expect(guard.stderr()).toContain(`The handshake lock ${home.lockPath} was not free within 0.3 s`);
    expect(home.journal('connect_failed')).toEqual([]);
    expect(home.journal('connect_attempt')).toHaveLength(1);
    await endBySignal(guard);
  });

  it('goes on without a lock that cannot be obtained, and says so', async () => {
    await open();
    const guard = start([], [STAY], { more: { IBKR_LOCK_FILE_PATH: '/proc/1' } });
    await succeeded();
    expect(guard.stderr()).toMatch(/The bot runs without the lock\./);
    await endBySignal(guard);
  });

  it('does not take the lock with --no-lock', async () => {
    await open();
    const holder = pythonHolder(home.lockPath);
    await holder.says('held');
    const guard = start(['--no-lock'], [STAY]);
    await succeeded();
    await endBySignal(guard);
  });

  it('stops a child that its bot left with a zombie, and tries again', async () => {
    await open('drop');
    const leave: PlanStep[] = [{ do: 'connect' }, { do: 'leak' }, { do: 'sleep', ms: 700 }, { do: 'exit', code: 1 }];
    const guard = start(['--retries', '1'], [leave, STAY]);
    await until(() => home.journal('signal_sent').length === 1, { what: 'the stop' });
    expect(home.journal('signal_sent')).toMatchObject([{ signal: 'SIGTERM', outcome: 'sent' }]);
    await gateway.setMode('answer');
    await succeeded();
    await endBySignal(guard);
  });

  it('leaves other bots with zombies alone unless --clean all is given', async () => {
    await open();
    const stranger = await startBot(scene, { gateway });
    await clientZombies(gateway, stranger, 1);
    const own = start([], [STAY]);
    await until(() => home.journal('connect_succeeded').length === 1);
    expect(stranger.puppet.alive).toBe(true);
    const all = start(['--clean', 'all'], [STAY]);
    await until(() => home.journal('connect_succeeded').length === 2);
    expect(stranger.puppet.alive).toBe(false);
    expect(all.stderr()).toContain('Stopped 1 bot');
    expect(own.stderr()).toBe('');
    await Promise.all([endBySignal(own), endBySignal(all)]);
  });

  it('stops a child that its bot left with a zombie with --clean none too, because it belongs to the failed attempt', async () => {
    await open('drop');
    const leave: PlanStep[] = [{ do: 'connect' }, { do: 'leak' }, { do: 'sleep', ms: 500 }, { do: 'exit', code: 1 }];
    const { code } = await start(['--retries', '0', '--clean', 'none'], [leave]).ended;
    expect(code).toBe(75);
    expect(home.journal('signal_sent')).toMatchObject([{ signal: 'SIGTERM', outcome: 'sent' }]);
    expect(home.journal('clean_finished')).toEqual([]);
    expect(scene.survivors()).toEqual([gateway.pid]);
  });

  it('removes zombies of bots whose guard was killed, and not those of a bot whose guard still runs', async () => {
    await open('drop');
    const zombie: PlanStep[] = [{ do: 'connect' }, { do: 'stay' }];
    const lost = start(['--timeout', '30'], [zombie]);
    const lostBot = await botPid(lost);
    await lost.printed(/"answered"/);
    const kept = start(['--timeout', '30', '--no-lock'], [zombie]);
    const keptBot = await botPid(kept);
    await kept.printed(/"answered"/);
    await until(() => home.journal('connect_attempt').length === 2);
    // The record of started processes is written behind the first looks.
    await until(() => readFileSync(join(home.folder, 'guarded.json'), 'utf8').includes(`"pid":${lostBot},`));
    lost.signal('SIGKILL');
    await lost.ended;
    expect(runs(lostBot)).toBe(true);
    await gateway.setMode('answer');
    const next = start([], [STAY]);
    await succeeded();
    expect(runs(lostBot)).toBe(false);
    expect(runs(keptBot)).toBe(true);
    expect(home.journal('clean_finished')).toMatchObject([{ by: 'guard', stopped: [{ pid: lostBot }] }]);
    await Promise.all([endBySignal(next), endBySignal(kept)]);
  });

  it('does not start a second copy of a bot that went into the background', async () => {
    await open();
    const { command, env, cwd } = botCommand(scene, { gateway }, STAY);
    const script = '"$@" >/dev/null 2>&1 </dev/null & exit 0';
    const guard = startSexton(
      ['guard', '--port', String(gateway.port), '--', '/bin/sh', '-c', script, 'sh', ...command],
      {
        home: home.folder,
        env,
        cwd,
      },
    );
    const { code, stderr } = await guard.ended;
    expect(code).toBe(75);
    expect(stderr).toMatch(/The command has ended, but runner_async\.py \(\d+\) still runs\. .*live API session/);
    expect(home.journal('connect_attempt')).toHaveLength(1);
    expect(home.journal('signal_planned')).toEqual([]);
  });

  it('lets the bot run when Sexton cannot see, and records neither success nor failure', async () => {
    await open();
    const { command, env, cwd } = botCommand(scene, { gateway }, [
      { do: 'connect' },
      { do: 'sleep', ms: 2_000 },
      { do: 'exit', code: 7 },
    ]);
    const blind = startSexton(['guard', '--timeout', '1', '--', ...command], {
      home: home.folder,
      env: { ...env, NODE_OPTIONS: `--import=${new URL('../../support/guard/blind.ts', import.meta.url)}` },
      cwd,
    });
    running.push(blind);
    const { code, stderr } = await blind.ended;
    expect(stderr).toContain("Sexton cannot see this bot's connections");
    expect(code).toBe(7);
    expect(home.journal('connect_succeeded')).toEqual([]);
    expect(home.journal('connect_failed')).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'ends with 143 and without a retry when Sexton stopped the bot (%s)',
    async (signal) => {
      await open('drop');
      const deaf = signal === 'SIGKILL' ? { sigterm: 'ignore' as const } : { sigterm: { exitAfterMs: 50 } };
      const guard = start(['--timeout', '40'], [STAY], { bot: deaf });
      const pid = await botPid(guard);
      await guard.printed(/"answered"/);
      const clean = startSexton(['clean', '--yes', '--port', String(gateway.port)], { home: home.folder, input: '' });
      expect((await clean.ended).code).toBe(0);
      const { code, stderr } = await guard.ended;
      expect(runs(pid)).toBe(false);
      expect(stderr).toContain('Sexton stopped this bot');
      expect(code).toBe(143);
      expect(home.journal('connect_failed')).toEqual([]);
    },
  );

  it('passes stdin, stdout and stderr through', async () => {
    await open();
    const guard = start([], [[{ do: 'connect' }, { do: 'read_line' }, { do: 'exit', code: 5 }]]);
    await succeeded();
    guard.write('hello from outside\n');
    const { stdout, code } = await guard.ended;
    expect(stdout).toContain('"value": "hello from outside"');
    expect(code).toBe(5);
    const shell = startSexton(['guard', '--retries', '0', '--', '/bin/sh', '-c', 'echo to stderr >&2; exit 1'], {
      home: home.folder,
    });
    expect((await shell.ended).stderr).toMatch(/^to stderr\n/);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'passes %s on to the bot and does not try again',
    async (signal) => {
      await open('silent');
      const trap = `trap 'echo got ${signal}; exit 33' ${signal.slice(3)}; echo ready; while :; do sleep 0.1; done`;
      const guard = startSexton(['guard', '--', '/bin/sh', '-c', trap], { home: home.folder });
      running.push(guard);
      await guard.printed(/ready/);
      const { code, stdout } = await endBySignal(guard, signal);
      expect(stdout).toBe(`ready\ngot ${signal}\n`);
      expect(code).toBe(33);
      expect(home.journal('connect_attempt')).toHaveLength(1);
    },
  );

  it('ends without another attempt on a signal while it waits for the next attempt', async () => {
    await open();
    const guard = start([], [[{ do: 'exit', code: 1 }]]);
    await until(() => home.journal('connect_failed').length === 3);
    expect((await endBySignal(guard, 'SIGINT')).code).toBe(130);
    expect(home.journal('connect_attempt')).toHaveLength(3);
  });

  it('ends on a signal while it waits for the lock, without starting the bot', async () => {
    await open();
    const holder = pythonHolder(home.lockPath);
    await holder.says('held');
    const guard = start([], [STAY]);
    await until(
      async () => (await startSexton(['lock', 'status'], { home: home.folder }).ended).stdout.includes('waits'),
      { everyMs: 200 },
    );
    expect((await endBySignal(guard)).code).toBe(143);
    expect(guard.stdout()).toBe('');
  });

  it('passes none of its own file descriptors to the bot', async () => {
    await open('hang');
    const extra = openSync('/dev/null', 'r');
    expect(extra).toBeGreaterThan(2);
    const guard = startSexton(['guard', '--', '/bin/sh', '-c', 'ls -l /proc/$$/fd; echo end; sleep 30'], {
      home: home.folder,
    });
    running.push(guard);
    const listed = await guard.printed(/[\s\S]*end/);
    expect(listed).not.toContain('connect.lock');
    expect(listed.match(/ -> /g)?.length).toBeLessThanOrEqual(4);
  });

  it('ends with 127 when the command is not found, and with 126 when it cannot be run', async () => {
    const attempt = (program: string) => startSexton(['guard', '--', program], { home: home.folder }).ended;
    const missing = await attempt('no-such-program-anywhere');
    expect(missing).toMatchObject({ code: 127, stderr: 'sexton guard: no-such-program-anywhere: command not found\n' });
    const forbidden = await attempt(`${home.folder}/settings.json`);
    expect(forbidden).toMatchObject({ code: 126, stderr: 'sexton guard: settings.json cannot be run (EACCES)\n' });
    expect(home.journal('connect_failed')).toEqual([]);
  });
});
