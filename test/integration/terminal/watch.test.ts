import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { sextonCommand, startOnTerminal, type TerminalSession } from '../../support/pty/pty.ts';
import { startSexton } from '../../support/sexton.ts';
import {
  type Bot,
  clientZombies,
  type Gateway,
  hasPython,
  NO_PYTHON,
  openScene,
  type Scene,
  startBot,
  startGateway,
} from '../../support/simulator/index.ts';
import { until } from '../../support/until.ts';

const SKIPPED = hasPython ? '' : ` (skipped: ${NO_PYTHON})`;

let scene: Scene | null = null;
let gateway: Gateway;
let port: string;
let terminal: TerminalSession | null = null;

afterEach(async () => {
  await terminal?.close();
  await scene?.close();
  terminal = null;
  scene = null;
});

async function open(script = 'runner_async.py'): Promise<Bot> {
  scene = await openScene();
  gateway = await startGateway(scene);
  port = String(gateway.port);
  return startBot(scene, { gateway, script });
}

function onTerminal(args: readonly string[], options: Parameters<typeof startOnTerminal>[1] = {}): TerminalSession {
  terminal = startOnTerminal(args, options);
  return terminal;
}

/** What a terminal shows after the last whole frame: its lines without escape sequences. */
function lastFrame(output: string): string[] {
  const whole = output.slice(0, output.lastIndexOf('\u001b[?2026l'));
  const frame = whole.slice(whole.lastIndexOf('\u001b[?2026h'));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  return frame.replaceAll(/\u001b\[[?\d;]*[A-Za-z]/g, '').split(/\r*\n/);
}

/** Waits for a line of a whole frame that fits. */
async function untilLine(view: TerminalSession, pattern: RegExp): Promise<void> {
  const found = () => lastFrame(view.output()).some((line) => pattern.test(line));
  await until(found, { timeoutMs: 15_000, what: `a line ${pattern} on the screen` });
}

describe.skipIf(!hasPython)(`watch into a pipe${SKIPPED}`, () => {
  it('prints the first scan, then a line per change, cleans nothing, never connects, and ends with 0 on Ctrl-C', async () => {
    const bot = await open();
    const watch = startSexton(['watch', '--json', '--interval', '0.5', '--port', port]);
    await watch.printed(/^\{.*\}\n/);
    await clientZombies(gateway, bot, 1);
    await watch.printed(/"zombies":\{"client":1,/);
    watch.signal('SIGINT');
    const { code, signal, stdout, stderr } = await watch.ended;
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    const levels = lines.map((line) => JSON.parse(line).level);
    expect(levels[0]).toBe('clear');
    expect(levels.at(-1)).toBe('notice');
    expect(bot.puppet.alive).toBe(true);
    expect((await gateway.count()).accepted).toBe(1);
  });

  it('ends with 0 and without an error when its reader is closed', async () => {
    const bot = await open();
    const home = mkdtempSync(join(tmpdir(), 'sexton-home-'));
    const program = '{ "$@"; echo "code $?" >&2; } | head -n 1';
    const args = sextonCommand(['watch', '--json', '--interval', '0.5', '--port', port]);
    const shell = spawn('/bin/sh', ['-c', program, 'sh', ...args], {
      env: { ...process.env, SEXTON_HOME: home, NODE_NO_WARNINGS: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    shell.stdout.on('data', (chunk) => {
      out += chunk;
    });
    shell.stderr.on('data', (chunk) => {
      err += chunk;
    });
    await until(() => out.includes('\n'), { what: 'the first look' });
    await clientZombies(gateway, bot, 1);
    await until(() => err.includes('code'), { what: 'the end of watch' });
    expect(err).toBe('code 0\n');
    rmSync(home, { recursive: true, force: true, maxRetries: 3 });
  });
});

describe.skipIf(!hasPython)(`watch on a terminal${SKIPPED}`, () => {
  it('uses the alternate screen, shows changes in place, and restores the screen on q', async () => {
    const bot = await open();
    const view = onTerminal(['watch', '--port', port, '--interval', '0.5']);
    await view.shows(/✓ Clear/);
    await clientZombies(gateway, bot, 2);
    await untilLine(view, /^ {2}2 {2}runner_async\.py {2}Can clean$/);
    view.type('q');
    expect(await view.ended).toBe(0);
    const output = view.output();
    expect(output.startsWith('\u001b[?1049h\u001b[?25l')).toBe(true);
    // Synchronized frames, each over the last one: the screen is cleared once, at the beginning.
    expect(output.split('\u001b[2J')).toHaveLength(2);
    expect(output.split('\u001b[?2026h').length).toBe(output.split('\u001b[?2026l').length);
    const [, left = ''] = output.split('\u001b[?25h\u001b[?1049l');
    expect(left).toContain('2 zombie connections');
    expect(bot.puppet.alive).toBe(true);
  });

  it.each([
    ['Ctrl-C', '\u0003'],
    ['q', 'q'],
  ])('ends with 0 on %s', async (_name, keys) => {
    const view = onTerminal(['watch', '--port', '7497']);
    await view.shows(/✓ Clear/);
    view.type(keys);
    expect(await view.ended).toBe(0);
    expect(view.output()).toContain('\u001b[?25h\u001b[?1049l');
  });

  it('fits a narrow terminal and follows its size', async () => {
    const bot = await open('ランナー_with_a_name_that_is_longer_than_any_terminal_is_wide.py');
    await clientZombies(gateway, bot, 1);
    const view = onTerminal(['watch', '--port', port, '--interval', '0.5'], { columns: 40, rows: 30 });
    await untilLine(view, /1 zombie connection\b/);
    const wide = (line: string) => [...line].reduce((sum, each) => sum + (each > '\u2e80' ? 2 : 1), 0);
    for (const line of lastFrame(view.output())) expect(wide(line)).toBeLessThan(40);
    const before = view.output().length;
    view.resize(100, 10);
    await view.shows(/SESSIONS/, before);
    await untilLine(view, /^… \d+ more lines/);
    expect(lastFrame(view.output())).toHaveLength(10);
    view.type('q');
    expect(await view.ended).toBe(0);
  });

  it('prints colours, and none with NO_COLOR', async () => {
    const coloured = onTerminal(['watch', '--port', '7497']);
    await coloured.shows(/✓ Clear/);
    expect(coloured.output()).toContain('\u001b[32m✓ Clear\u001b[0m');
    await coloured.close();
    const plain = onTerminal(['watch', '--port', '7497'], { env: { NO_COLOR: '1' } });
    await plain.shows(/✓ Clear/);
    expect(plain.output()).not.toContain('\u001b[32m');
  });

  it('shows a bot’s name without its terminal control characters', async () => {
    const bot = await open('evil\u001b[2J\u001b]0;owned\u0007.py');
    await clientZombies(gateway, bot, 1);
    const view = onTerminal(['watch', '--port', port, '--interval', '0.5']);
    await view.shows(/1 zombie connection\b/);
    expect(view.output()).toContain('evil\\x1b[2J');
    expect(view.output()).not.toContain('\u001b]0;');
    expect(view.output().split('\u001b[2J')).toHaveLength(2);
  });
});

describe.skipIf(!hasPython)(`clean on a terminal${SKIPPED}`, () => {
  it('asks, cleans nothing on Enter and exits 2', async () => {
    const bot = await open();
    await clientZombies(gateway, bot, 1);
    const view = onTerminal(['clean', '--port', port]);
    await view.shows(/Stop 1 bot, free 1 connection\? \[y\/N\] /);
    view.type('\r');
    expect(await view.ended).toBe(2);
    expect(view.output()).toContain('Not confirmed: nothing was done.');
    expect(bot.puppet.alive).toBe(true);
  });

  it('cleans on y', async () => {
    const bot = await open();
    await clientZombies(gateway, bot, 1);
    const view = onTerminal(['clean', '--port', port]);
    await view.shows(/\[y\/N\] /);
    view.type('y\r');
    expect(await view.ended).toBe(0);
    expect(view.output()).toContain('Left when asked (SIGTERM)');
    expect(await bot.puppet.exited).toEqual({ code: null, signal: 'SIGTERM' });
  });

  it('treats Ctrl-C as no', async () => {
    const bot = await open();
    await clientZombies(gateway, bot, 1);
    const view = onTerminal(['clean', '--port', port]);
    await view.shows(/\[y\/N\] /);
    view.type('\u0003');
    expect(await view.ended).toBe(2);
    expect(bot.puppet.alive).toBe(true);
  });
});
