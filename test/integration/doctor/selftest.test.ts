import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { PlatformOptions } from '../../../electron/engine/platform/index.ts';
import { FOLDER_PREFIX } from '../../../electron/engine/selftest/actor.ts';
import { runSelftest, type Trial } from '../../../electron/engine/selftest/selftest.ts';
import { DEFAULT_SETTINGS } from '../../../shared/settings/settings.ts';
import { sextonCommand } from '../../support/pty/pty.ts';
import { type RunningSexton, startSexton } from '../../support/sexton.ts';
import { runs } from '../../support/simulator/processes.ts';
import { thisPlatform } from '../../support/system.ts';
import { until } from '../../support/until.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith(FOLDER_PREFIX));

/** The pids of the selftest's processes: those with its folder on their command line. */
async function actorsOf(folder: string): Promise<number[]> {
  const processes = await thisPlatform().readProcesses();
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
    const actors = await until(async () => ((await actorsOf(folder)).length >= 5 ? actorsOf(folder) : null), {
      what: 'its processes',
    });
    const { code, stdout, stderr } = await run.ended;
    expect(stderr).toBe('');
    expect(stdout).not.toContain('✗');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Sexton selftest · (Linux|macOS) .* · lsof \d/);
    for (const title of [
      'Counts zombies',
      'Finds owners',
      'Refuses',
      'Cleans',
      'Verifies',
      'Locks',
      'Names the holder',
    ]) {
      expect(stdout).toMatch(new RegExp(`✓ ${title} `));
    }
    expect(folders()).not.toContain(folder);
    expect(actors.filter(runs)).toEqual([]);
  });

  it.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)('leaves nothing behind when %s ends it', async (signal) => {
    const before = folders();
    run = startSexton(['selftest']);
    await run.printed(/✓ Sees sessions/);
    const folder = folders().find((name) => !before.includes(name)) ?? '';
    const actors = await actorsOf(folder);
    expect(actors.length).toBeGreaterThanOrEqual(4);
    run.signal(signal);
    await run.ended;
    await until(() => !folders().includes(folder), { what: 'its folder to go' });
    await until(() => actors.every((pid) => !runs(pid)), { what: 'its processes to end' });
  });
});

describe('the selftest', () => {
  const trialsOn = async (tools: PlatformOptions['tools'], command: readonly string[]) => {
    const heard: Trial[] = [];
    const report = await runSelftest({
      platform: thisPlatform(tools ? { tools } : {}),
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
    expect(failed).toContain('Finds owners');
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

  it('removes no folder other than its own', async () => {
    const { stdin, ended } = await startActor(ROOT);
    stdin();
    await ended;
    expect(readdirSync(ROOT)).toContain('package.json');
  });
});

/** An actor that was given a folder that is not the selftest's. */
async function startActor(folder: string) {
  const actor = startSexton(['selftest-part', folder]);
  await until(() => runs(actor.pid), { what: 'the actor' });
  return { stdin: () => actor.endInput(), ended: actor.ended };
}
