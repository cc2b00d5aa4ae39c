import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startOnTerminal, type TerminalSession } from '../../support/pty/pty.ts';
import { runSexton, startSexton } from '../../support/sexton.ts';
import {
  type Gateway,
  hasPython,
  liveSession,
  NO_PYTHON,
  openScene,
  type Scene,
  startBot,
  startGateway,
} from '../../support/simulator/index.ts';

describe.skipIf(!hasPython)(`sexton restart${hasPython ? '' : ` (skipped: ${NO_PYTHON})`}`, () => {
  let scene: Scene;
  let home: string;
  let gateway: Gateway;
  let terminal: TerminalSession | null = null;

  beforeEach(async () => {
    scene = await openScene();
    home = realpathSync(mkdtempSync(join(tmpdir(), 'sexton-home-')));
    gateway = await startGateway(scene);
    const settings = { ports: [{ port: gateway.port, label: 'test' }], lockPath: join(home, 'connect.lock') };
    writeFileSync(join(home, 'settings.json'), JSON.stringify(settings));
  });
  afterEach(async () => {
    await terminal?.close();
    terminal = null;
    await scene.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 3 });
  });

  const open = () => startOnTerminal(['restart'], { columns: 100, rows: 40, env: { SEXTON_HOME: home } });

  it('stops a live bot only after a separate confirmation, moves on by what it sees, and can be left and continued', async () => {
    const bot = await startBot(scene, { gateway, script: 'bots/runner_async.py' });
    await liveSession(gateway, bot);
    terminal = open();
    await terminal.shows(/▸ 1 {2}.*Stop the bots/);
    await terminal.shows(/stop the bots…/);
    terminal.type('s');
    await terminal.shows(/Stop runner_async\.py \(pid \d+\) anyway\? \[y\/N\]/);
    const declined = terminal.output().length;
    terminal.type('n\n');
    await terminal.shows(/There is no bot to stop/, declined);
    await terminal.shows(/stop the bots…/, declined);
    expect(bot.puppet.alive).toBe(true);

    terminal.type('s');
    await terminal.shows(/anyway\? \[y\/N\] /, terminal.output().length);
    const confirmed = terminal.output().length;
    terminal.type('y\n');
    await terminal.shows(/Stop 1 bot\? \[y\/N\]/, confirmed);
    terminal.type('y\n');
    expect(await bot.puppet.exited).toEqual({ code: null, signal: 'SIGTERM' });
    await terminal.shows(/▸ 2 {2}.*Quit the Gateway/, confirmed);
    await gateway.vanish();
    await terminal.shows(/\d+ s of 30 s · no sockets left/, confirmed);
    terminal.type('q');
    await terminal.shows(/The guided restart goes on\. Run "sexton restart" to return to it\./, confirmed);
    expect(await terminal.ended).toBe(0);

    terminal = open();
    await terminal.shows(/✓ 2/);
    await terminal.shows(/▸ 3/);
    terminal.type('x');
    await terminal.shows(/The guided restart was cancelled/);
    expect(await terminal.ended).toBe(0);
    expect(existsSync(join(home, 'restart.json'))).toBe(false);
  });

  it('prints a line for each change without a terminal, and ends when the restart is cancelled', async () => {
    const run = startSexton(['restart'], { home });
    await run.printed(/Step 2 of 5, Quit the Gateway: Waiting for .* to quit/);
    await gateway.vanish();
    await run.printed(/Step 3 of 5, Wait for the sockets to clear: \d+ s of 30 s/, 30_000);
    const second = startSexton(['restart'], { home });
    await second.printed(/Step 3 of 5/);
    second.signal('SIGTERM');
    expect((await second.ended).code).toBe(0);
    rmSync(join(home, 'restart.json'));
    const { code, stdout } = await run.ended;
    expect(code).toBe(0);
    expect(stdout.trim().split('\n').at(-1)).toBe('The guided restart was cancelled.');
  });

  it('refuses an unknown flag', async () => {
    const run = await runSexton(['restart', '--now']);
    expect(run.code).toBe(64);
    expect(run.stderr).toContain('--now');
  });
});
