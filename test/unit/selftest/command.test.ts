import { describe, expect, it } from 'vitest';
import { partCommand } from '../../../electron/terminal/commands/selftest/command.ts';
import { selftestSum, trialLines } from '../../../electron/terminal/commands/selftest/view.ts';
import { renderAll } from '../../../electron/terminal/screen/paint.ts';

describe('the command that starts this program again', () => {
  it('is Node with its own flags and the script', () => {
    const argv = ['/usr/bin/node', '/opt/sexton.mjs', 'selftest'];
    const own = { execPath: '/usr/bin/node', execArgv: ['--no-warnings'], argv, versions: {} };
    expect(partCommand(own)).toEqual(['/usr/bin/node', '--no-warnings', '/opt/sexton.mjs']);
  });

  it("is the packaged app's binary in terminal mode", () => {
    const execPath = '/Applications/Sexton.app/Contents/MacOS/Sexton';
    const argv = [execPath, '--terminal', '--', 'selftest'];
    expect(partCommand({ execPath, execArgv: [], argv, versions: { electron: '45.4.1' } })).toEqual([
      execPath,
      '--terminal',
      '--',
    ]);
  });

  it('is the unpackaged app with its folder in terminal mode', () => {
    const argv = ['/x/electron', '/x/sexton', '--terminal', '--', 'selftest'];
    expect(partCommand({ execPath: '/x/electron', execArgv: [], argv, versions: { electron: '45.4.1' } })).toEqual([
      '/x/electron',
      '/x/sexton',
      '--terminal',
      '--',
    ]);
  });
});

describe('the table', () => {
  it('has a row for each trial, whose reason is never cut', () => {
    const trial = {
      title: 'Counts',
      ok: false,
      detail: 'Seen: 2 client-side and 1 gateway-side; there are 3 and 1.',
      durationMs: 251,
    };
    const lines = renderAll(trialLines(trial, { columns: 70 }), { columns: 70, colour: false });
    expect(lines[0]).toMatch(/^✗ Counts +251 ms {3}Seen: 2/);
    expect(lines.join('').replace(/\s+/g, ' ')).toContain('there are 3 and 1.');
  });

  it('sums up what was proved', () => {
    const paper = { columns: 100 };
    const trials = [{ title: 'Counts', ok: true, detail: '', durationMs: 1 }];
    const text = (report: Parameters<typeof selftestSum>[0]) =>
      renderAll(selftestSum(report, paper), { columns: 100, colour: false }).join(' ');
    expect(text({ ok: true, trials, durationMs: 6_640, lockBackend: 'koffi' })).toBe(
      'All 1 proved in 6.6 s; the lock is taken by koffi.',
    );
    const failed = trials.map((trial) => ({ ...trial, ok: false }));
    expect(text({ ok: false, trials: failed, durationMs: 900, lockBackend: 'nothing' })).toContain(
      '1 thing could not be proved',
    );
  });
});
