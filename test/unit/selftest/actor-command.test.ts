import { describe, expect, it } from 'vitest';
import { actorCommand } from '../../../electron/terminal/commands/selftest/actor-command.ts';
import { selftestSummary, trialLines } from '../../../electron/terminal/commands/selftest/view.ts';
import { renderAll } from '../../../electron/terminal/screen/paint.ts';

describe('the command that starts this program again', () => {
  it('is Node with its own flags and the script', () => {
    const argv = ['/usr/bin/node', '/opt/sexton.mjs', 'selftest'];
    const own = { execPath: '/usr/bin/node', execArgv: ['--no-warnings'], argv, versions: {} };
    expect(actorCommand(own)).toEqual(['/usr/bin/node', '--no-warnings', '/opt/sexton.mjs']);
  });

  it("is the packaged app's binary in terminal mode", () => {
    const execPath = '/Applications/Sexton.app/Contents/MacOS/Sexton';
    const argv = [execPath, '--terminal', '--', 'selftest'];
    expect(actorCommand({ execPath, execArgv: [], argv, versions: { electron: '45.4.1' } })).toEqual([
      execPath,
      '--terminal',
      '--',
    ]);
  });

  it('is the unpackaged app with its folder in terminal mode', () => {
    const argv = ['/x/electron', '/x/sexton', '--terminal', '--', 'selftest'];
    expect(actorCommand({ execPath: '/x/electron', execArgv: [], argv, versions: { electron: '45.4.1' } })).toEqual([
      '/x/electron',
      '/x/sexton',
      '--terminal',
      '--',
    ]);
  });
});

describe('the table of the selftest', () => {
  it('has a row for each trial and never cuts its detail', () => {
    const trial = {
      title: 'Counts zombies',
      ok: false,
      detail: 'Counted 2 client-side and 1 gateway-side instead of 3 and 1.',
      durationMs: 251,
    };
    const lines = renderAll(trialLines(trial, { columns: 70 }), { columns: 70, colour: false });
    expect(lines[0]).toMatch(/^✗ Counts zombies +251 ms {3}Counted 2/);
    expect(lines.join('').replace(/\s+/g, ' ')).toContain('instead of 3 and 1.');
  });

  it('ends with a summary of passed and failed trials', () => {
    const paper = { columns: 100 };
    const trials = [{ title: 'Counts zombies', ok: true, detail: '', durationMs: 1 }];
    const text = (report: Parameters<typeof selftestSummary>[0]) =>
      renderAll(selftestSummary(report, paper), { columns: 100, colour: false }).join(' ');
    expect(text({ ok: true, trials, durationMs: 6_640, lockBackend: 'koffi' })).toBe(
      '1 trial passed in 6.6 s. Lock back-end: koffi.',
    );
    const failed = trials.map((trial) => ({ ...trial, ok: false }));
    expect(text({ ok: false, trials: failed, durationMs: 900, lockBackend: 'none' })).toContain(
      '1 trial failed, after 0.9 s. Lock back-end: none.',
    );
  });
});
