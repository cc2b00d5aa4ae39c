import { chmodSync, copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { killActors } from '../../support/flock/actors.ts';
import { makeHome, type SextonHome } from '../../support/guard/home.ts';
import { type RunningSexton, startSexton } from '../../support/sexton.ts';
import {
  botCommand,
  disguise,
  type Gateway,
  type GatewayMode,
  hasPython,
  NO_PYTHON,
  openScene,
  type PlanStep,
  pythonExecutable,
  pythonHome,
  runs,
  type Scene,
  sendSignal,
  startGateway,
} from '../../support/simulator/index.ts';
import { until } from '../../support/until.ts';

const STAY: PlanStep[] = [{ do: 'connect' }, { do: 'stay' }];
const SETSID = ['/usr/bin/setsid', '/bin/setsid'].find((path) => existsSync(path));

describe.skipIf(!hasPython)(`the process tree of sexton guard: ${hasPython ? '' : ` (skipped: ${NO_PYTHON})`}`, () => {
  let scene: Scene;
  let gateway: Gateway;
  let home: SextonHome;
  const running: RunningSexton[] = [];
  /** Processes that no scene knows. */
  const others: number[] = [];

  beforeEach(async () => {
    scene = await openScene();
    home = makeHome({ graceMs: 500 });
  });
  afterEach(async () => {
    for (const one of running.splice(0)) one.signal('SIGKILL');
    for (const pid of others.splice(0)) if (runs(pid)) sendSignal(pid, 'SIGKILL');
    await killActors();
    await scene.close();
    home.remove();
  });

  async function open(mode: GatewayMode = 'answer'): Promise<void> {
    gateway = await startGateway(scene, { mode });
  }

  function guard(
    flags: readonly string[],
    command: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): RunningSexton {
    const args = ['guard', '--port', String(gateway.port), ...flags, '--', ...command];
    const started = startSexton(args, { home: home.folder, env, cwd: scene.folder });
    running.push(started);
    return started;
  }

  /** A start script of this text, run as `sh start-bot.sh COMMAND…`. */
  function wrapped(text: string, command: readonly string[]): string[] {
    const script = scene.path('start-bot.sh');
    writeFileSync(script, `${text}\n`);
    return ['/bin/sh', script, ...command];
  }

  const lives = (): number[] => scene.survivors().filter((pid) => pid !== gateway.pid && runs(pid));
  const printedPid = async (sexton: RunningSexton): Promise<number> =>
    Number(/"pid": (\d+)/.exec(await sexton.printed(/"pid": \d+/))?.[1]);
  const signalled = () =>
    home
      .journal('signal_sent')
      .map(({ process, signal, outcome }) => [(process as { pid: number }).pid, signal, outcome]);
  const attempts = () => home.journal('connect_attempt').length;

  /** The most pretend bots that lived at the same time while the guard ran. */
  async function mostAtOnce(sexton: RunningSexton): Promise<number> {
    let most = 0;
    let ended = false;
    void sexton.ended.then(() => {
      ended = true;
    });
    await until(
      () => {
        most = Math.max(most, lives().length);
        return ended;
      },
      { everyMs: 20, what: 'the end of guard' },
    );
    return most;
  }

  it('guard stops the Python behind a start script before the next attempt, so that one copy runs at a time', async () => {
    await open();
    const late: PlanStep[] = [{ do: 'sleep', ms: 3_000 }, { do: 'connect' }, { do: 'stay' }];
    const { command, env } = botCommand(scene, { gateway }, late);
    const sexton = guard(['--timeout', '1', '--retries', '2'], wrapped('"$@"; echo over', command), env);
    expect(await mostAtOnce(sexton)).toBe(1);
    const { code } = await sexton.ended;
    expect(code).toBe(75);
    expect(attempts()).toBe(3);
    expect(lives()).toEqual([]);
    expect((await gateway.count()).accepted).toBe(0);
  });

  it('guard stops the child of a bot that crashed before it tries again', async () => {
    await open('hang');
    const crash: PlanStep[] = [
      { do: 'worker', wait: false, diesWithParent: false },
      { do: 'exit', code: 1 },
    ];
    const { command, env } = botCommand(scene, { gateway }, crash, STAY);
    const sexton = guard(['--retries', '1'], command, env);
    const child = Number(/"value": \{"pid": (\d+)/.exec(await sexton.printed(/"value": \{"pid": \d+/))?.[1]);
    await until(() => home.journal('signal_sent').length > 0, { what: 'its stop' });
    await until(() => !runs(child), { what: 'its end' });
    await gateway.setMode('answer');
    await until(() => home.journal('connect_succeeded').length === 1, { what: 'success' });
    expect(signalled()).toEqual([[child, 'SIGTERM', 'sent']]);
    expect(sexton.stderr()).toMatch(
      new RegExp(`Stopped what the command left running: runner_async.py \\(${child}\\)`),
    );
    sexton.signal('SIGTERM');
    expect((await sexton.ended).code).toBe(143);
  });

  it('guard sends SIGKILL to a child that ignores SIGTERM', async () => {
    await open();
    const crash: PlanStep[] = [
      { do: 'leak', sigterm: 'ignore' },
      { do: 'exit', code: 3 },
    ];
    const { command, env } = botCommand(scene, { gateway }, crash);
    const { code, stdout } = await guard(['--retries', '0'], command, env).ended;
    const child = Number(/"value": (\d+)/.exec(stdout)?.[1]);
    expect(code).toBe(75);
    expect(signalled()).toEqual([
      [child, 'SIGTERM', 'sent'],
      [child, 'SIGKILL', 'sent'],
    ]);
    expect(runs(child)).toBe(false);
  });

  it('guard names a surviving process that is not a bot, leaves it alone and tries again', async () => {
    await open();
    const agent = scene.path('gpg-agent');
    copyFileSync('/bin/sleep', agent);
    chmodSync(agent, 0o755);
    const script = wrapped(`"$1" 100 >/dev/null 2>&1 & echo "agent $! "; exit 1`, [agent]);
    const sexton = guard(['--retries', '1'], script);
    const { code, stdout, stderr } = await sexton.ended;
    const agents = [...stdout.matchAll(/agent (\d+)/g)].map(([, pid]) => Number(pid));
    others.push(...agents);
    expect(code).toBe(75);
    expect(attempts()).toBe(2);
    expect(agents.map(runs)).toEqual([true, true]);
    expect(stderr).toContain(`gpg-agent (${agents[0]})`);
    expect(home.journal('signal_planned')).toEqual([]);
  });

  it('guard never stops a tree in which a Java runs, says so, and does not start it a second time', async () => {
    await open();
    const java = scene.path('jre/bin/java');
    disguise(java);
    const supervisor = scene.path('supervisor.py');
    writeFileSync(
      supervisor,
      [
        'import subprocess, sys, time',
        "child = subprocess.Popen([sys.argv[1], '-c', 'import time; time.sleep(100)'])",
        "print('java', child.pid, '.', flush=True)",
        'time.sleep(100)',
      ].join('\n'),
    );
    const command = [pythonExecutable(), supervisor, java];
    const sexton = guard(['--timeout', '1', '--retries', '2'], command, pythonHome());
    const child = Number(/java (\d+) /.exec(await sexton.printed(/java \d+ \./))?.[1]);
    others.push(child);
    await until(() => sexton.stderr().includes('guard lets it run'), { what: 'the word of it' });
    expect(sexton.stderr()).toMatch(new RegExp(`java \\(${child}\\)`));
    sexton.signal('SIGTERM');
    const { code, stderr } = await sexton.ended;
    expect(code).toBe(143);
    expect(runs(child)).toBe(true);
    expect(stderr).toMatch(new RegExp(`java \\(${child}\\) still runs`));
    expect(attempts()).toBe(1);
    expect(home.journal('signal_planned')).toEqual([]);
  });

  it('guard does not start a supervisor again while the Java that it started still runs', async () => {
    await open();
    const java = scene.path('jre/bin/java');
    disguise(java);
    const script = wrapped(`"$1" -c 'import time; time.sleep(100)' >/dev/null 2>&1 & echo "java $! ."; exit 1`, [java]);
    const { code, stdout, stderr } = await guard(['--retries', '2'], script, pythonHome()).ended;
    const child = Number(/java (\d+) /.exec(stdout)?.[1]);
    others.push(child);
    expect(code).toBe(75);
    expect(attempts()).toBe(1);
    expect(runs(child)).toBe(true);
    expect(stderr).toContain("The bot's last exit code was 1.");
    expect(home.journal('signal_planned')).toEqual([]);
  });

  it.skipIf(SETSID === undefined)('guard finds and stops a bot that moved to its own session', async () => {
    await open('hang');
    const { command, env } = botCommand(scene, { gateway }, [{ do: 'sleep', ms: 60_000 }]);
    const script = wrapped(`${SETSID} "$@" >/dev/null 2>&1 </dev/null & exit 1`, command);
    const sexton = guard(['--retries', '2'], script, env);
    expect(await mostAtOnce(sexton)).toBeLessThanOrEqual(1);
    expect((await sexton.ended).code).toBe(75);
    expect(attempts()).toBe(3);
    expect(lives()).toEqual([]);
    expect(signalled().every(([, signal, outcome]) => signal === 'SIGTERM' && outcome === 'sent')).toBe(true);
  });

  it('no process is stopped while a grandchild of the command has a session on another port', async () => {
    await open('hang');
    const other = await startGateway(scene, { mode: 'answer' });
    home.remove();
    home = makeHome({ graceMs: 500, ports: [{ port: other.port, label: 'other' }] });
    const plan: PlanStep[] = [{ do: 'worker', port: other.port }, { do: 'stay' }];
    const { command, env } = botCommand(scene, { gateway }, plan);
    const sexton = guard(['--timeout', '1', '--retries', '1'], wrapped('"$@"; echo over', command), env);
    const pid = await printedPid(sexton);
    await until(() => sexton.stderr().includes('guard lets it run'), { what: 'the word of it' });
    expect(sexton.stderr()).toContain(`a live API session on ${other.port}`);
    expect(runs(pid)).toBe(true);
    expect(home.journal('signal_planned')).toEqual([]);
  });

  it('guard starts no second copy beside a child that has a session, and says so', async () => {
    await open();
    const crash: PlanStep[] = [{ do: 'worker', diesWithParent: false }, { do: 'crash' }];
    const { command, env } = botCommand(scene, { gateway }, crash);
    const { code, stdout, stderr } = await guard(['--retries', '2'], command, env).ended;
    const child = Number(/"value": \{"pid": (\d+)/.exec(stdout)?.[1]);
    expect(code).toBe(75);
    expect(attempts()).toBe(1);
    expect(runs(child)).toBe(true);
    expect(stderr).toMatch(
      new RegExp(`runner_async\\.py \\(${child}\\) still runs\\. .*live API session on ${gateway.port}`),
    );
    expect(home.journal('signal_planned')).toEqual([]);
  });

  it('every process of it ends with a guard that is told to stop', async () => {
    await open('hang');
    const { command, env } = botCommand(scene, { gateway }, [{ do: 'connect', wait: false }, { do: 'stay' }]);
    const sexton = guard(['--timeout', '40'], wrapped('"$@"; echo over', command), env);
    const pid = await printedPid(sexton);
    await sexton.printed(/"answered": false/);
    sexton.signal('SIGTERM');
    const { code } = await sexton.ended;
    expect(code).toBe(143);
    expect(runs(pid)).toBe(false);
    expect(attempts()).toBe(1);
  });

  it('guard gives a bot in the background the time of an attempt, and stops it when it has not connected', async () => {
    await open('hang');
    const { command, env } = botCommand(scene, { gateway }, [{ do: 'connect', wait: false }, { do: 'stay' }]);
    const script = wrapped('"$@" >/dev/null 2>&1 </dev/null & exit 0', command);
    const sexton = guard(['--timeout', '2', '--retries', '1'], script, env);
    expect(await mostAtOnce(sexton)).toBe(1);
    expect((await sexton.ended).code).toBe(75);
    expect(attempts()).toBe(2);
    expect(lives()).toEqual([]);
  });
});
