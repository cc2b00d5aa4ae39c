import { describe, expect, it, vi } from 'vitest';
import type { SettingsProblem } from '../../../electron/engine/record/settings/file.ts';
import type { OpenEngine } from '../../../electron/terminal/context.ts';
import { runTerminal } from '../../../electron/terminal/run.ts';
import { failure, success } from '../../../shared/result.ts';
import { BLIND, DIRECTORIES, fakeEngine, fakeIo, opener, SEVEN, snapshot } from './support.ts';

async function run(args: readonly string[], shown = SEVEN, columns?: number) {
  const io = fakeIo(columns === undefined ? undefined : { columns, rows: 50 });
  const open = vi.fn(opener(fakeEngine({}, shown)));
  const code = await runTerminal(args, '9.8.7', { io, open, directories: DIRECTORIES });
  return { code, out: io.out.text(), err: io.err.text(), open };
}

describe('invalid input', () => {
  const port = 'must be a whole number from 1 to 65535';
  const status = 'the flags are --port, --json, --help';
  it.each([
    [['status', '--port', '0'], `sexton: --port 0: ${port}`],
    [['status', '--port', '70000'], `sexton: --port 70000: ${port}`],
    [['status', '--port', 'abc'], `sexton: --port abc: ${port}`],
    [['status', '--port', '7497,4002'], `sexton: --port "7497,4002": ${port}`],
    [['status', '--port', '-1'], `sexton: --port -1: ${port}`],
    [['status', '--port', '1e3'], `sexton: --port 1e3: ${port}`],
    [['status', '--port', '74.97'], `sexton: --port 74.97: ${port}`],
    [['status', '--port', ''], `sexton: --port "": ${port}`],
    [['status', '--port=4002', '--port=x\ny\u001b[2J'], `sexton: --port "x\\ny\\x1b[2J": ${port}`],
    [['status', '--port'], 'sexton: --port <port>: needs a value'],
    [['status', '--prot', '1'], `sexton: --prot: unknown flag; ${status}`],
    [['status', 'now'], `sexton: argument now: unexpected; ${status}`],
    [['watch', '--interval', '0.4'], 'sexton: --interval 0.4: must be a number of seconds from 0.5 to 60'],
    [['watch', '--interval', '-1'], 'sexton: --interval -1: must be a number of seconds from 0.5 to 60'],
    [['watch', '--interval', 'NaN'], 'sexton: --interval NaN: must be a number of seconds from 0.5 to 60'],
    [['clean', '--grace', '-1'], 'sexton: --grace -1: must be a number of seconds from 0.1 to 120'],
    [['clean', '--include', 'x'], 'sexton: --include x: must be a whole number from 1 to 4194304'],
    [['clean', '--include-live', '0'], 'sexton: --include-live 0: must be a whole number from 1 to 4194304'],
    [
      ['clena'],
      'sexton: command clena: unknown; the commands are status, watch, clean, guard, lock, breaker, history, restart, pause, resume, doctor, selftest, help',
    ],
    [['--json'], 'sexton: --json: unknown flag; the flags are --version, --help'],
    [
      ['help', 'nothing'],
      'sexton: command nothing: unknown; the commands are status, watch, clean, guard, lock, breaker, history, restart, pause, resume, doctor, selftest, help',
    ],
  ])('%j gives one line on stderr and exit code 64', async (args, line) => {
    const { code, out, err, open } = await run(args);
    expect(err).toBe(`${line}\n`);
    expect(out).toBe('');
    expect(code).toBe(64);
    expect(open).not.toHaveBeenCalled();
  });

  it('refuses more ports than can be watched', async () => {
    const many = Array.from({ length: 33 }, (_, index) => ['--port', String(7_000 + index)]).flat();
    expect((await run(['status', ...many])).err).toBe('sexton: --port 7032: at most 32 ports are allowed\n');
  });
});

describe('help', () => {
  it('is shown by a call without arguments', async () => {
    const { code, out, err } = await run([]);
    expect(out).toMatch(/^Usage: sexton .*Commands:.*status .*watch .*clean .*Examples:/s);
    expect(err).toBe('');
    expect(code).toBe(0);
  });

  it.each([
    'status',
    'watch',
    'clean',
    'lock status',
    'breaker status',
    'breaker reset',
    'breaker open',
    'breaker report',
    'history',
    'pause',
    'resume',
  ])('shows examples and exit codes of %s', async (name) => {
    const words = name.split(' ');
    const direct = await run([...words, '--help']);
    expect(direct.code).toBe(0);
    expect(direct.out).toMatch(new RegExp(`^Usage: sexton ${name}.*Exit code: 0.*Examples:\\n  sexton ${name}`, 's'));
    expect((await run(['help', ...words])).out).toBe(direct.out);
  });

  it('fits a terminal of 80 columns, with an empty line between paragraphs', async () => {
    const commands = ['', 'status', 'watch', 'clean', 'guard', 'lock', 'breaker', 'history', 'restart'];
    const more = ['pause', 'resume', 'doctor', 'selftest', 'help', 'lock status', 'lock run'];
    const breaker = ['breaker status', 'breaker reset', 'breaker open', 'breaker report'];
    for (const name of [...commands, ...more, ...breaker]) {
      const { out } = await run(['help', ...name.split(' ').filter((word) => word !== '')], SEVEN, 80);
      expect(
        out.split('\n').filter((line) => line.length > 80),
        name,
      ).toEqual([]);
    }
    expect((await run(['help', 'clean'], SEVEN, 80)).out).toMatch(/hold zombies\.\n\nShows [^\n]+\n[^\n]/);
  });

  it('shows default values in the units that people type', async () => {
    const { out } = await run(['--help']);
    const names = [...(out.split('Commands:')[1] ?? '').matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name ?? '');
    expect(names).toContain('history');
    for (const name of [...names, 'lock run', 'lock status', 'breaker open']) {
      const help = await run([...name.split(' '), '--help']);
      expect(help.out, name).not.toMatch(/default: \d{3,}/);
    }
    expect((await run(['help', 'history'])).out).toContain('(default: 24h)');
  });

  it('prints the version', async () => {
    expect(await run(['--version'])).toMatchObject({ code: 0, out: '9.8.7\n', err: '' });
  });
});

describe('status', () => {
  it.each([
    ['clear', snapshot(), 0],
    ['zombies', SEVEN, 1],
    ['critical', { ...SEVEN, level: 'critical' as const }, 2],
    ['cannot see', BLIND, 3],
    ['a manual hold without zombies', snapshot({ level: 'notice' }), 0],
  ])('ends with the exit code for %s', async (_what, shown, code) => {
    expect((await run(['status'], shown)).code).toBe(code);
  });

  it('prints exactly the snapshot as JSON and nothing else', async () => {
    const { out, err } = await run(['status', '--json']);
    expect(out.endsWith('}\n')).toBe(true);
    expect(JSON.parse(out)).toEqual(SEVEN);
    expect(err).toBe('');
  });

  it('scans the ports given by --port, each once and in that order', async () => {
    const { open } = await run(['status', '--port', '4002', '--port=7497', '--port', '4002']);
    expect(open).toHaveBeenCalledExactlyOnceWith({ program: 'command', ports: [4002, 7497], flags: {} });
  });
});

describe('a command that meets trouble', () => {
  const surroundings = (open: OpenEngine) => ({ io: fakeIo(), open, directories: DIRECTORIES });

  it('an internal error is reported as one, with exit code 70', async () => {
    const fault = surroundings(async () => {
      throw new Error('broken\u001b[2J');
    });
    expect(await runTerminal(['status'], '1', fault)).toBe(70);
    expect(fault.io.err.text()).toMatch(/^sexton: internal error: Error: broken\\x1b\[2J\n/);
  });

  it('an unsupported system ends with exit code 3 and the hint', async () => {
    const blind = surroundings(async () =>
      failure({ code: 'tool-failed', tool: 'win32', hint: 'Sexton runs on macOS and Linux only.' }),
    );
    expect(await runTerminal(['status'], '1', blind)).toBe(3);
    expect(blind.io.err.text()).toBe('sexton: win32 failed. Sexton runs on macOS and Linux only.\n');
  });

  it('a problem with the settings is reported on stderr and stops nothing', async () => {
    const problem: SettingsProblem = { source: 'file', code: 'broken-file', path: '', message: 'Moved aside.' };
    const broken = surroundings(async (options) => {
      const opened = await opener(fakeEngine())(options);
      return opened.ok ? success({ ...opened.value, settingsProblems: [problem] }) : opened;
    });
    expect(await runTerminal(['status', '--json'], '1', broken)).toBe(1);
    expect(broken.io.err.text()).toBe('sexton: Moved aside.\n');
    expect(JSON.parse(broken.io.out.text())).toEqual(SEVEN);
  });
});
