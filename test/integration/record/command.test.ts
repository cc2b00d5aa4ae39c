import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runSexton } from '../../support/sexton.ts';
import {
  type Bot,
  hasPython,
  NO_PYTHON,
  openScene,
  pythonExecutable,
  startBot,
} from '../../support/simulator/index.ts';

let home: string;
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'sexton-home-')));
});
afterEach(() => rmSync(home, { recursive: true, force: true, maxRetries: 3 }));

const sexton = (...args: string[]) => runSexton(args, { home });

describe('the circuit breaker from the command line', () => {
  it('is held by one command, shown by the next, and reset by a third', async () => {
    expect((await sexton('breaker', 'status')).stdout).toMatch(/^Circuit breaker: Not in use/);
    const held = await sexton('breaker', 'open');
    expect(held).toMatchObject({ code: 0, stderr: '' });
    expect((await sexton('breaker', 'status')).stdout).toMatch(
      /^Circuit breaker: Held open .*\(by hand, in the terminal\)/,
    );
    const status = await sexton('status', '--json');
    expect(JSON.parse(status.stdout)).toMatchObject({ level: 'notice', breaker: { state: 'held' } });
    expect((await sexton('breaker', 'reset')).stdout).toMatch(/^Circuit breaker: Closed/);
  });

  it('appears in the history', async () => {
    await sexton('breaker', 'open');
    const { stdout, code } = await sexton('history', '--since', '10m');
    expect(code).toBe(0);
    expect(stdout).toMatch(/\d\d:\d\d {2}The circuit breaker was opened by hand\./);
    expect(JSON.parse((await sexton('history', '--json')).stdout).events).toMatchObject([{ kind: 'breaker' }]);
    expect((await sexton('history', '--csv')).stdout.split('\n')[0]).toMatch(/^at,spanMs,level,client,gateway/);
  });
});

describe('pause and resume', () => {
  it('are seen by every later scan', async () => {
    const paused = async () => JSON.parse((await sexton('status', '--json')).stdout).paused;
    expect((await sexton('pause', '10m')).stdout).toMatch(/^Sexton is paused until \d\d:\d\d\.\n$/);
    expect(await paused()).toBe(true);
    expect((await sexton('resume')).stdout).toBe('Sexton is no longer paused.\n');
    expect(await paused()).toBe(false);
  });

  it('appear in the history, except for a resume that ends no pause', async () => {
    await sexton('pause', '10m');
    await sexton('resume');
    await sexton('resume');
    const { stdout } = await sexton('history', '--since', '10m');
    expect(stdout).toMatch(/\d\d:\d\d {2}Paused until \d\d:\d\d\.\n\d\d:\d\d {2}Resumed\.\n$/);
    const { events } = JSON.parse((await sexton('history', '--json')).stdout);
    expect(events.map(({ kind }: { kind: string }) => kind)).toEqual(['app', 'app']);
  });

  it('say why if the pause cannot be saved', async () => {
    mkdirSync(join(home, 'pause.json'));
    expect(await sexton('pause', '10m')).toMatchObject({ code: 1, stderr: expect.stringContaining('not changed') });
  });
});

/** Takes the lock, leaves a child that inherited the descriptor, prints its pid and ends. */
const LEAVES_ITS_LOCK = [
  'import fcntl, os, sys, time',
  "file = open(sys.argv[1], 'w')",
  'fcntl.flock(file, fcntl.LOCK_EX)',
  'child = os.fork()',
  'if child == 0:',
  '    nothing = os.open(os.devnull, os.O_RDWR)',
  '    for descriptor in (0, 1, 2): os.dup2(nothing, descriptor)',
  '    time.sleep(120)',
  'print(child)',
].join('\n');

describe.skipIf(!hasPython)(`lock status${hasPython ? '' : ` (skipped: ${NO_PYTHON})`}`, () => {
  it('names the bot that holds the lock, and says that the file is never stale', async () => {
    const path = join(home, 'connect.lock');
    expect((await sexton('lock', 'status')).stdout).toMatch(/^Handshake lock: Free/);
    const scene = await openScene();
    try {
      const bot: Bot = await startBot(scene, { script: 'runner_async.py' });
      await bot.lock(path);
      const { stdout, code } = await sexton('lock', 'status');
      expect(code).toBe(0);
      expect(stdout).toContain(`Handshake lock: Held · runner_async.py (${bot.pid})\n`);
      expect(stdout).toContain('never stale');
    } finally {
      await scene.close();
    }
  });

  it.skipIf(process.platform !== 'linux')(
    'names the child that still holds the lock of a bot that has ended',
    async () => {
      const path = join(home, 'connect.lock');
      const script = join(home, 'bot.py');
      writeFileSync(script, LEAVES_ITS_LOCK);
      const child = Number(execFileSync(pythonExecutable(), [script, path], { encoding: 'utf8' }));
      try {
        const { stdout } = await sexton('lock', 'status');
        expect(stdout).toContain(`Held · bot.py (${child}), which inherited it and still has it open`);
        expect((await sexton('doctor')).stdout).toContain(`bot.py (${child}), which inherited it`);
      } finally {
        process.kill(child, 'SIGKILL');
      }
    },
  );
});
