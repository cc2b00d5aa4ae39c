import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { createMachine } from '../../../electron/engine/platform/machine.ts';
import { FOLDER_PREFIX } from '../../../electron/engine/selftest/part.ts';
import { runSelftest, type Trial } from '../../../electron/engine/selftest/selftest.ts';
import { DEFAULT_SETTINGS } from '../../../shared/settings/settings.ts';
import { sextonCommand } from '../../support/pty/pty.ts';
import { type RunningSexton, startSexton } from '../../support/sexton.ts';
import { runs } from '../../support/simulator/processes.ts';
import { until } from '../../support/until.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith(FOLDER_PREFIX));

/** The pids of all processes that were started with this folder of the selftest on their command line. */
async function partsOf(folder: string): Promise<number[]> {
  const machine = createMachine();
  if (!machine.ok) throw new Error(machine.error.hint);
  const processes = await machine.value.platform.readProcesses();
  if (!processes.ok) throw new Error(processes.error.hint);
  return [...processes.value.values()]
    .filter(({ args, corpse }) => !corpse && args.some((argument) => argument.endsWith(folder)))
    .map(({ pid }) => pid);
}

let run: RunningSexton | null = null;
afterEach(async () => {
  run?.signal('SIGKILL');
  await run?.ended;
  run = null;
});

describe('sexton selftest', () => {
  it('passes every trial on this machine, and leaves no process and no folder behind', async () => {
    const before = folders();
    run = startSexton(['selftest']);
    const folder = await until(() => folders().find((name) => !before.includes(name)), { what: 'its folder' });
    const parts = await until(async () => ((await partsOf(folder)).length >= 5 ? partsOf(folder) : null), {
      what: 'its processes',
    });
    const { code, stdout, stderr } = await run.ended;
    expect(stderr).toBe('');
    expect(stdout).not.toContain('✗');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Sexton selftest · (Linux|macOS) .* · lsof \d/);
    for (const title of ['Counts', 'Attributes', 'Refuses', 'Cleans', 'Verifies', 'Locks', 'Names the holder']) {
      expect(stdout).toMatch(new RegExp(`✓ ${title} `));
    }
    expect(folders()).not.toContain(folder);
    expect(parts.filter(runs)).toEqual([]);
  });

  it.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)(
    'leaves no process and no folder behind when %s ends it',
    async (signal) => {
      const before = folders();
      run = startSexton(['selftest']);
      await run.printed(/✓ Sees sessions/);
      const folder = folders().find((name) => !before.includes(name)) ?? '';
      const parts = await partsOf(folder);
      expect(parts.length).toBeGreaterThanOrEqual(4);
      run.signal(signal);
      await run.ended;
      await until(() => !folders().includes(folder), { what: 'its folder to go' });
      await until(() => parts.every((pid) => !runs(pid)), { what: 'its processes to end' });
    },
  );
});

describe('the selftest', () => {
  const trialsOn = async (
    tools: NonNullable<Parameters<typeof createMachine>[0]>['tools'],
    command: readonly string[],
  ) => {
    const machine = createMachine(tools ? { tools } : {});
    if (!machine.ok) throw new Error(machine.error.hint);
    const heard: Trial[] = [];
    const report = await runSelftest({
      machine: machine.value,
      settings: DEFAULT_SETTINGS,
      command,
      onTrial: (trial) => heard.push(trial),
    });
    expect(heard).toEqual(report.trials);
    return report;
  };

  it('reports what cannot be proved without lsof, and still proves the rest', async () => {
    const none = { lsof: [join(ROOT, 'no-such-lsof')] };
    const { ok, trials } = await trialsOn(none, sextonCommand(['selftest-part']));
    expect(ok).toBe(false);
    const failed = trials.filter((trial) => !trial.ok).map(({ title }) => title);
    expect(failed).toContain('Attributes');
    expect(failed).toContain('Cleans');
    expect(trials.filter((trial) => trial.ok).map(({ title }) => title)).toEqual(
      expect.arrayContaining(['Sees sessions', 'Locks', 'Names the holder', 'Leaves nothing']),
    );
  });

  it('reports that its own processes cannot be started', async () => {
    const { ok, trials } = await trialsOn(undefined, ['/no/such/program']);
    expect(ok).toBe(false);
    expect(trials.map(({ title, ok: proved }) => [title, proved])).toEqual([
      ['Starts', false],
      ['Starts', false],
      ['Leaves nothing', true],
    ]);
  });

  it('removes only its own folder', async () => {
    const { stdin, ended } = await startPart(ROOT);
    stdin();
    await ended;
    expect(readdirSync(ROOT)).toContain('package.json');
  });
});

/** A part that was given somebody else's folder. */
async function startPart(folder: string) {
  const part = startSexton(['selftest-part', folder]);
  await until(() => runs(part.pid), { what: 'the part' });
  return { stdin: () => part.endInput(), ended: part.ended };
}
