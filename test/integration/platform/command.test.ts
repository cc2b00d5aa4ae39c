import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LINUX_NOTES } from '../../../electron/engine/platform/linux/notes.ts';
import type { CommandLimits, RunTool } from '../../../electron/engine/platform/run/command.ts';
import { createLauncher } from '../../../electron/engine/platform/run/command.ts';
import { SYSTEM_TOOLS } from '../../../electron/engine/platform/run/tools.ts';
import { until } from '../../support/until.ts';

let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sexton-command-'));
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

function script(name: string, body: string): string {
  const path = join(directory, name);
  writeFileSync(path, body);
  chmodSync(path, 0o755);
  return path;
}

function launcher(paths: string[], limits: Partial<CommandLimits> = {}): RunTool {
  return createLauncher({
    installHint: LINUX_NOTES.installHint,
    paths: { ...SYSTEM_TOOLS, lsof: paths, ss: paths },
    limits: () => ({ timeoutMs: 5_000, maxOutputBytes: 1024 * 1024, ...limits }),
  });
}

const code = async (answer: ReturnType<RunTool>) => {
  const result = await answer;
  return result.ok ? 'ok' : result.error.code;
};

describe('the launcher of tools', () => {
  it('passes a tool its arguments unchanged, and only LC_ALL and TZ in its environment', async () => {
    const tool = script('show', '#!/bin/sh\n/usr/bin/env\nprintf "%s|" "$@"\necho to-stderr >&2\nexit 3\n');
    const answer = await launcher([tool])('lsof', ['a b', '$HOME', '; rm -rf /', '']);
    if (!answer.ok) throw new Error(answer.error.hint);
    const lines = answer.value.stdout.split('\n');
    // A shell adds these three itself.
    const added = /^(?:PWD|_|SHLVL|OLDPWD)=/;
    expect(
      lines
        .slice(0, -1)
        .filter((text) => !added.test(text))
        .sort(),
    ).toEqual(['LC_ALL=C', 'TZ=UTC']);
    expect(lines.at(-1)).toBe('a b|$HOME|; rm -rf /||');
    expect(answer.value).toMatchObject({ exitCode: 3, stderr: 'to-stderr\n' });
  });

  it('gives a tool no input', async () => {
    const tool = script('reader', '#!/bin/sh\n/bin/cat\necho end\n');
    expect(await launcher([tool])('lsof', [])).toMatchObject({ ok: true, value: { stdout: 'end\n' } });
  });

  it('runs the first candidate that exists, and never searches PATH', async () => {
    const tool = script('second', '#!/bin/sh\necho second\n');
    const before = process.env.PATH;
    process.env.PATH = '/nonexistent';
    try {
      const answer = await launcher([join(directory, 'absent'), tool])('lsof', []);
      expect(answer).toMatchObject({ ok: true, value: { stdout: 'second\n' } });
      process.env.PATH = directory;
      expect(await code(launcher([])('lsof', []))).toBe('tool-missing');
    } finally {
      process.env.PATH = before;
    }
  });

  it('says which tool is missing and how to install it', async () => {
    expect(await launcher([join(directory, 'absent')])('lsof', [])).toEqual({
      ok: false,
      error: {
        code: 'tool-missing',
        tool: 'lsof',
        hint: 'Install lsof: sudo apt install lsof (Fedora: sudo dnf install lsof)',
      },
    });
  });

  it('tells a tool without permission from one that cannot be run', async () => {
    const plain = join(directory, 'plain');
    writeFileSync(plain, 'no program');
    chmodSync(plain, 0o644);
    expect(await code(launcher([plain])('lsof', []))).toBe('not-permitted');
    mkdirSync(join(directory, 'folder'), { recursive: true });
    expect(await code(launcher([join(directory, 'folder')])('lsof', []))).toBe('tool-failed');
    expect(await code(launcher([script('bad-interpreter', '#!/nonexistent/sh\n')])('lsof', []))).toBe('tool-failed');
  });

  it('reports a tool that dies of a signal as failed', async () => {
    expect(await code(launcher([script('suicide', '#!/bin/sh\necho half\nkill -SEGV $$\n')])('lsof', []))).toBe(
      'tool-failed',
    );
  });

  it('returns the empty output of an empty file, so that its caller can reject it', async () => {
    expect(await launcher([script('zero', '')])('lsof', [])).toMatchObject({
      ok: true,
      value: { stdout: '', stderr: '', exitCode: 0 },
    });
  });

  /** Runs a tool that hangs into its timeout, with more time until it has written its pid; the pid. */
  async function timedOut(tool: string, pidFile: string): Promise<number> {
    for (let timeoutMs = 300; !existsSync(pidFile); timeoutMs *= 2) {
      expect(await code(launcher([tool], { timeoutMs })('lsof', []))).toBe('tool-timeout');
    }
    return Number(readFileSync(pidFile, 'utf8'));
  }

  it('kills a tool that hangs, even one that ignores SIGTERM, and reports the timeout', async () => {
    const pidFile = join(directory, 'hang.pid');
    const begin = `echo $$ > ${pidFile}.new\n/bin/mv ${pidFile}.new ${pidFile}`;
    const tool = script('hang', `#!/bin/sh\ntrap '' TERM\n${begin}\nexec /bin/sleep 1000\n`);
    const pid = await timedOut(tool, pidFile);
    await until(() => !alive(pid), { what: 'the end of the hanging tool' });
  });

  it('does not wait for a child that keeps the killed tool’s output open', async () => {
    const pidFile = join(directory, 'keeper.pid');
    const begin = `/bin/sleep 1000 &\necho $! > ${pidFile}.new\n/bin/mv ${pidFile}.new ${pidFile}`;
    const keeper = await timedOut(script('keeper', `#!/bin/sh\n${begin}\nwait\n`), pidFile);
    expect(alive(keeper)).toBe(true);
    process.kill(keeper, 'SIGKILL');
  });

  it('stops a tool that prints without end, and discards its output', async () => {
    const tool = script('flood', '#!/bin/sh\nexec /usr/bin/head -c 100000000 /dev/zero\n');
    const before = process.memoryUsage().rss;
    expect(await code(launcher([tool])('lsof', []))).toBe('output-unreadable');
    expect(process.memoryUsage().rss - before).toBeLessThan(40 * 1024 * 1024);
    expect(
      await code(
        launcher([script('flood-err', '#!/bin/sh\nexec /usr/bin/head -c 100000000 /dev/zero >&2\n')])('lsof', []),
      ),
    ).toBe('output-unreadable');
  });

  it('returns long output complete', async () => {
    const tool = script('long', '#!/bin/sh\nexec /usr/bin/head -c 7000000 /dev/zero\n');
    const answer = await launcher([tool], { maxOutputBytes: 8_000_000 })('lsof', []);
    expect(answer.ok && answer.value.stdout.length).toBe(7_000_000);
  });

  it('never runs one tool twice at the same time, but runs different tools in parallel', async () => {
    const log = join(directory, 'order');
    const tool = script('slow', `#!/bin/sh\necho "start $1" >> ${log}\n/bin/sleep 0.2\necho "end $1" >> ${log}\n`);
    const run = launcher([tool]);
    await Promise.all([run('lsof', ['a']), run('lsof', ['b']), run('lsof', ['c'])]);
    expect(readFileSync(log, 'utf8').trim().split('\n')).toEqual([
      'start a',
      'end a',
      'start b',
      'end b',
      'start c',
      'end c',
    ]);
    rmSync(log);
    await Promise.all([run('lsof', ['a']), run('ss', ['b'])]);
    expect(
      readFileSync(log, 'utf8')
        .split('\n')
        .slice(0, 2)
        .every((text) => text.startsWith('start')),
    ).toBe(true);
  });

  it('runs the next tool after one that failed', async () => {
    const run = launcher(
      [
        script(
          'once',
          `#!/bin/sh\n[ -e ${directory}/been ] && exec echo fine\n: > ${directory}/been\nexec /bin/sleep 1000\n`,
        ),
      ],
      {
        timeoutMs: 300,
      },
    );
    expect(await code(run('lsof', []))).toBe('tool-timeout');
    expect(await until(async () => (await code(run('lsof', []))) === 'ok')).toBe(true);
  });

  it('runs tools even if the working directory was deleted', async () => {
    const gone = mkdtempSync(join(tmpdir(), 'sexton-gone-'));
    const before = process.cwd();
    const tool = script('fine', '#!/bin/sh\necho fine\n');
    // Workers may not change directory, so a child does.
    const source = `
      import { rmdirSync } from 'node:fs';
      import { createLauncher } from ${JSON.stringify(join(before, 'electron/engine/platform/run/command.ts'))};
      process.chdir(${JSON.stringify(gone)});
      rmdirSync(${JSON.stringify(gone)});
      const run = createLauncher({ installHint: String, paths: { lsof: [${JSON.stringify(tool)}] }, limits: () => ({ timeoutMs: 5000, maxOutputBytes: 1000 }) });
      console.log(JSON.stringify(await run('lsof', [])));
    `;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', source], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    for await (const chunk of child.stdout) text += chunk;
    expect(JSON.parse(text)).toMatchObject({ ok: true, value: { stdout: 'fine\n' } });
  });
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
