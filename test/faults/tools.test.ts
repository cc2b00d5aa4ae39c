import { mkdtempSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Snapshot } from '../../shared/snapshot.ts';
import { hasPython, NO_PYTHON } from '../support/simulator/index.ts';
import { cannotFake, type Fakes, machineWith } from './faked.ts';
import { type Case, run, type Stage, setStage } from './stage.ts';

const why = cannotFake ?? (hasPython ? null : NO_PYTHON);
const SKIPPED = why === null ? '' : ` (skipped: ${why})`;

/** What ss does, and by which problem the person learns that `/proc` had to tell instead. */
const SS_FAULTS: [string, string | null, string][] = [
  ['is missing', null, 'tool-missing'],
  ['is an empty file', '', 'tool-failed'],
  ['ends with 1', 'echo "Cannot open netlink socket: Protocol not supported" >&2; exit 1', 'tool-failed'],
  ['dies of a signal', 'kill -SEGV $$', 'tool-failed'],
  ['prints garbage', 'head -c 4000 /dev/urandom', 'output-unreadable'],
  ['breaks off inside a line', '"$REAL" "$@" | head -c -40', 'output-unreadable'],
  ['is slow', 'sleep 0.4; exec "$REAL" "$@"', ''],
  ['hangs', 'exec sleep 1000', 'tool-timeout'],
  ['prints 100 MB', '"$REAL" "$@"; exec head -c 100000000 /dev/zero', 'output-unreadable'],
];

/** What lsof does, and what the person reads about it. */
const LSOF_FAULTS: [string, string | null, string][] = [
  ['is missing', null, 'tool-missing'],
  ['is an empty file', '', 'tool-failed'],
  ['says nothing and ends with 1', 'exit 1', 'tool-failed'],
  ['fails', 'echo "lsof: no kernel" >&2; exit 1', 'tool-failed'],
  ['dies of a signal', '"$REAL" "$@" | head -c 60; kill -SEGV $$', 'tool-failed'],
  ['prints garbage', 'head -c 4000 /dev/urandom', 'output-unreadable'],
  ['breaks off inside a line', '"$REAL" "$@" | head -c -20', 'output-unreadable'],
  ['hangs', 'exec sleep 1000', 'tool-timeout'],
  ['prints 100 MB', '"$REAL" "$@"; exec head -c 100000000 /dev/zero', 'output-unreadable'],
];

// Side by side, because they mostly wait: for zombies to grow old, for tools that hang.
describe.skipIf(why !== null).concurrent(`sexton on a machine with broken tools${SKIPPED}`, () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage(24);
  });
  afterAll(() => stage.scene.close());

  const onMachine = (fakes: Fakes) => machineWith(fakes, mkdtempSync(stage.scene.path('machine-')));
  const status = async ({ port }: Case, fakes: Fakes) => {
    const { code, stdout, stderr } = await run(['status', '--json', '--port', String(port)], {
      network: onMachine(fakes),
    });
    expect(stderr).toBe('');
    return { code, snapshot: JSON.parse(stdout) as Snapshot };
  };
  const clean = ({ port }: Case, fakes: Fakes) =>
    run(['clean', '--yes', '--port', String(port)], { network: onMachine(fakes) });

  it.each(SS_FAULTS)('counts from /proc, reports that and still cleans when ss %s', async (_, ss, problem) => {
    const one = await stage.zombie();
    const { code, snapshot } = await status(one, { ss });
    expect(code).toBe(1);
    expect(snapshot.ports[0]?.zombies.total).toBe(1);
    expect(snapshot.scan.problems.map((entry) => entry.code)).toEqual(problem === '' ? [] : [problem]);
    const cleaned = await clean(one, { ss });
    expect(cleaned.code).toBe(0);
    expect(await stage.left(one.port)).toBe(0);
    expect((await one.bot.puppet.exited).signal).toBe('SIGTERM');
    expect(stage.unharmed()).toBe(true);
  });

  it.each(LSOF_FAULTS)('knows the count but no owner, and stops no process, when lsof %s', async (_, lsof, problem) => {
    const one = await stage.zombie();
    const { code, snapshot } = await status(one, { lsof });
    expect(code).toBe(1);
    expect(snapshot.scan.kind).toBe('degraded');
    expect(snapshot.ports[0]?.zombies.total).toBe(1);
    expect(snapshot.owners).toEqual([]);
    expect(snapshot.scan.problems.map((entry) => entry.code)).toContain(problem);
    const cleaned = await clean(one, { lsof });
    expect([1, 3]).toContain(cleaned.code);
    expect(cleaned.stdout + cleaned.stderr).not.toMatch(/clean\.|✓/i);
    expect(await stage.left(one.port)).toBe(1);
    expect(one.bot.puppet.alive && stage.unharmed()).toBe(true);
  });

  it('knows no number, exits 3 and stops no process when neither ss nor /proc can be read', async () => {
    const one = await stage.zombie();
    const blind: Fakes = { ss: null, noProcNet: true };
    const { code, snapshot } = await status(one, blind);
    expect(code).toBe(3);
    expect(snapshot).toMatchObject({ level: 'blind', owners: [], unattributed: null, scan: { kind: 'failed' } });
    expect(snapshot.ports).toMatchObject([
      { listening: null, closing: null, established: null, zombies: { total: null } },
    ]);
    const cleaned = await clean(one, blind);
    expect(cleaned.code).toBe(3);
    expect(one.bot.puppet.alive && stage.unharmed()).toBe(true);
  });

  it('sees what ss sees when /proc/net is missing, and cleans', async () => {
    const one = await stage.zombie();
    expect(await status(one, { noProcNet: true })).toMatchObject({
      code: 1,
      snapshot: { ports: [{ zombies: { total: 1 } }] },
    });
    expect((await clean(one, { noProcNet: true })).code).toBe(0);
    expect(await stage.left(one.port)).toBe(0);
  });

  it('stops no process when lsof attributes the zombie to another bot', async () => {
    const one = await stage.zombie();
    const lie = `"$REAL" "$@" | sed -z 's/^\\(\\n*\\)p${one.bot.pid}$/\\1p${stage.bystander.pid}/'`;
    const { snapshot } = await status(one, { lsof: lie });
    expect(snapshot.owners.map(({ process, verdict }) => [process.pid, verdict.kind])).toEqual([
      [stage.bystander.pid, 'protected'],
    ]);
    expect((await clean(one, { lsof: lie })).code).toBe(1);
    expect(one.bot.puppet.alive && stage.unharmed()).toBe(true);
  });

  it('cleans with an lsof so slow that each scan takes a second', async () => {
    const one = await stage.zombie();
    expect((await clean(one, { lsof: 'sleep 1; exec "$REAL" "$@"' })).code).toBe(0);
    expect((await one.bot.puppet.exited).signal).toBe('SIGTERM');
    expect(stage.unharmed()).toBe(true);
  });

  it('shows what a broken tool printed without its terminal controls', async () => {
    const one = await stage.zombie();
    const loud = 'printf "\\033[2J\\033]0;owned\\007boo\\n"; exit 1';
    const shown = await run(['status', '--port', String(one.port)], { network: onMachine({ ss: loud, lsof: loud }) });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
    expect(shown.stdout + shown.stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
    expect(shown.code).toBe(1);
  });
});
