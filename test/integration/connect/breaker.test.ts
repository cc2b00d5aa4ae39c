import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { breakerPath, openStore, type TestStore } from '../../support/breaker/store.ts';
import { NO_PYTHON, pythonHolder } from '../../support/flock/actors.ts';
import { until } from '../../support/until.ts';

const GUARD = fileURLToPath(new URL('../../support/breaker/guard.ts', import.meta.url));

interface Said {
  state?: string;
  failures?: number;
  successes?: number;
  refused?: string;
  retryInMs?: number | null;
  told?: string[];
}

let folder: string;
let children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sexton-breaker-'));
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  rmSync(folder, { recursive: true, force: true });
});

/** What a process of its own does to the breaker, line by line. */
async function guard(action: 'fail' | 'succeed', { count = 1, offset = 0 } = {}): Promise<Said[]> {
  const args = [GUARD, folder, String(offset), action, String(count)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** Moves both clocks of a store, as time does. */
function pass({ offset }: TestStore, ms: number): void {
  offset.wall += ms;
  offset.clock += ms;
}

async function admitted({ store }: TestStore) {
  const admission = await store.admit(60_000);
  if (!admission.allowed) throw new Error(`refused: ${admission.why}`);
  return admission;
}

async function open(test: TestStore): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt++) await (await admitted(test)).failed('no answer');
}

describe('the breaker that separate processes share', () => {
  it('opens on the fifth failure in five processes, and tells the sixth when to try again', async () => {
    for (let process = 1; process <= 4; process++) {
      expect((await guard('fail'))[0]).toEqual({ state: 'closed', failures: process, successes: 0 });
    }
    expect(await guard('fail')).toEqual([{ state: 'open', failures: 5, successes: 0 }, { told: ['open'] }]);
    const [refused] = await guard('fail');
    expect(refused?.refused).toBe('open');
    expect(refused?.retryInMs).toBeGreaterThan(0);
    expect(refused?.retryInMs).toBeLessThanOrEqual(60_000);
  });

  it('becomes half-open with time and closes after two successes in separate processes', async () => {
    await guard('fail', { count: 5 });
    expect(await guard('succeed', { offset: 61_000 })).toEqual([
      { state: 'half_open', failures: 5, successes: 1 },
      { told: ['half_open'] },
    ]);
    expect(await guard('succeed', { offset: 62_000 })).toEqual([
      { state: 'closed', failures: 0, successes: 0 },
      { told: ['closed'] },
    ]);
  });

  it('loses no change when processes write at the same time', async () => {
    await guard('succeed');
    const said = (await Promise.all([guard('fail', { count: 2 }), guard('fail', { count: 2 })])).flat();
    const failures = said.flatMap((line) => line.failures ?? []).toSorted();
    expect(failures).toEqual([1, 2, 3, 4]);
    expect(await openStore(folder).store.refresh()).toMatchObject({ state: 'closed', failures: 4 });
  });

  it('admits one probe at a time, and another when the process of the first is killed', async () => {
    await guard('fail', { count: 5 });
    const child = spawn(process.execPath, [GUARD, folder, '61000', 'stay'], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += String(chunk);
    });
    await until(() => said.includes('staying'));
    expect((await guard('succeed', { offset: 61_000 }))[0]).toEqual({ refused: 'probing', retryInMs: null });
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    expect((await guard('succeed', { offset: 61_000 }))[0]).toEqual({ state: 'half_open', failures: 5, successes: 1 });
  });

  it('does not stay open when the wall clock is set back a day: the next process corrects the time for all', async () => {
    await guard('fail', { count: 5 });
    const back = -86_400_000;
    expect((await guard('succeed', { offset: back }))[0]).toMatchObject({ refused: 'open' });
    expect((await guard('succeed', { offset: back + 61_000 }))[0]).toMatchObject({ state: 'half_open', successes: 1 });
  });

  it('shows the app the state that a guard wrote', async () => {
    const app = openStore(folder);
    expect(await app.store.refresh()).toMatchObject({ state: 'unused' });
    await guard('fail', { count: 5 });
    expect(app.store.view().state).toBe('unused');
    expect(await app.store.refresh()).toMatchObject({ state: 'open', failures: 5, reason: 'no answer' });
    expect(app.told).toEqual([]);
  });
});

describe('an attempt on several ports', () => {
  const on = async ({ store }: TestStore, ...ports: number[]) => {
    const admission = await store.admit(60_000, ports);
    if (!admission.allowed) throw new Error(`refused: ${admission.why}`);
    return admission;
  };

  it('is counted on the port where it connected or failed, and on all of them when that is not known', async () => {
    const test = openStore(folder);
    await (await on(test, 4001, 4002)).failed('closed', 4002);
    expect(test.store.list()).toMatchObject([{ port: 4002, failures: 1 }]);
    await (await on(test, 4001, 4002)).failed('nothing is listening', null);
    expect(test.store.list()).toMatchObject([
      { port: 4002, failures: 2 },
      { port: 4001, failures: 1 },
    ]);
    await (await on(test, 4001, 4002)).succeeded(4002);
    expect(test.store.list()).toMatchObject([
      { port: 4001, failures: 1 },
      { port: 4002, failures: 0 },
    ]);
  });

  it('is refused when one of its breakers refuses, and names that port', async () => {
    const test = openStore(folder);
    for (let attempt = 0; attempt < 5; attempt++) await (await on(test, 4001)).failed('no answer', 4001);
    const refused = await test.store.admit(1_000, [4002, 4001]);
    expect(refused).toMatchObject({ allowed: false, why: 'open', breaker: { reason: 'port 4001: no answer' } });
    expect(await test.store.admit(1_000, [4002])).toMatchObject({ allowed: true });
    expect(await test.store.admit(1_000)).toMatchObject({ allowed: true });
  });

  it('names its port in the journal', async () => {
    const test = openStore(folder);
    for (let attempt = 0; attempt < 5; attempt++) await (await on(test, 4001)).failed('no answer', 4001);
    expect(test.told.at(-2)).toMatchObject({ event: 'circuit_breaker_state_change', state: 'open', port: 4001 });
    expect(test.store.view()).toMatchObject({ state: 'open', reason: 'port 4001: no answer' });
  });

  it('leaves a list that shows open breakers first and held ones next', async () => {
    const test = openStore(folder);
    await (await on(test, 1)).failed('x', 1);
    await test.store.hold('by hand', 2);
    for (let attempt = 0; attempt < 5; attempt++) await (await on(test, 3)).failed('x', 3);
    expect(test.store.list().map(({ port, state }) => [port, state])).toEqual([
      [3, 'open'],
      [2, 'held'],
      [1, 'closed'],
    ]);
  });
});

describe('the breaker in one process', () => {
  it('keeps its deadline when the wall clock jumps forward or back', async () => {
    for (const jump of [-86_400_000, 86_400_000]) {
      const test = openStore(mkdtempSync(join(folder, 'jump-')));
      await open(test);
      pass(test, 30_000);
      test.offset.wall += jump;
      expect(await test.store.refresh()).toMatchObject({ state: 'open' });
      pass(test, 29_000);
      expect(await test.store.refresh()).toMatchObject({ state: 'open' });
      pass(test, 1_000);
      expect(await test.store.refresh()).toMatchObject({ state: 'half_open' });
    }
  });

  it('is half-open for other processes too once one process has seen the time pass', async () => {
    const app = openStore(folder);
    await open(app);
    pass(app, 60_000);
    await app.store.refresh();
    expect(app.told.filter(({ event }) => event === 'circuit_breaker_state_change').map(({ state }) => state)).toEqual([
      'open',
      'half_open',
    ]);
    expect((await guard('succeed'))[0]).toMatchObject({ state: 'half_open', successes: 1 });
  });

  it('writes its changes and counters to the journal with the field names that the bots use', async () => {
    const test = openStore(folder);
    await open(test);
    const told = test.told.slice(-2);
    expect(told).toEqual([
      {
        at: expect.any(String),
        event: 'circuit_breaker_state_change',
        metric_type: 'circuit_breaker_state',
        state: 'open',
        failure_count: 5,
        success_count: 0,
        timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      },
      {
        at: expect.any(String),
        event: 'circuit_breaker_metrics',
        metric_type: 'circuit_breaker_counters',
        failures: 5,
        successes: 0,
        state: 'open',
      },
    ]);
  });

  it('writes its counters once a minute while it is not closed, however many processes watch it', async () => {
    const one = openStore(folder);
    const other = openStore(folder);
    await one.store.hold('Held by hand');
    const before = one.told.length;
    for (const test of [one, other]) pass(test, 59_000);
    await Promise.all([one.store.refresh(), other.store.refresh()]);
    expect(one.told.length + other.told.length).toBe(before);
    for (const test of [one, other]) pass(test, 1_500);
    for (const test of [one, other, one, other]) await test.store.refresh();
    expect(one.told.length + other.told.length).toBe(before + 1);
    await one.store.reset();
    const closed = one.told.length + other.told.length;
    for (const test of [one, other]) pass(test, 120_000);
    for (const test of [one, other]) await test.store.refresh();
    expect(one.told.length + other.told.length).toBe(closed);
  });

  it('starts over when its file is removed, and moves a broken file aside and reports it once', async () => {
    const test = openStore(folder);
    await open(test);
    rmSync(breakerPath(folder));
    expect(await test.store.refresh()).toMatchObject({ state: 'unused', failures: 0 });
    for (const junk of ['', '{"version":1', '\0\0\0', '{"version":1,"revision":"x","mode":{"state":"ajar"}}']) {
      writeFileSync(breakerPath(folder), junk);
      const fresh = openStore(folder);
      expect(await fresh.store.refresh()).toMatchObject({ state: 'unused', failures: 0 });
      await fresh.store.refresh();
      expect(fresh.problems).toMatchObject([{ code: 'corrupt', path: breakerPath(folder) }]);
      const aside = fresh.problems[0]?.detail ?? '';
      expect(readFileSync(aside, 'utf8')).toBe(junk);
      rmSync(aside);
    }
  });

  it('works on from memory when its file cannot be written, and reports that once', async () => {
    const test = openStore(folder);
    await test.store.refresh();
    rmSync(breakerPath(folder), { force: true });
    mkdirSync(breakerPath(folder));
    await open(test);
    expect(test.store.view()).toMatchObject({ state: 'open', failures: 5 });
    expect(await test.store.admit(1_000)).toMatchObject({ allowed: false, why: 'open' });
    expect(test.problems.map(({ code }) => code)).toContain('not-saved');
    expect(test.problems.length).toBeLessThan(3);
  });

  it('still admits an attempt when the lock on its file cannot be obtained', async () => {
    const lock = join(folder, 'breaker.lock');
    mkdirSync(lock);
    const test = openStore(folder);
    expect(await test.store.admit(1_000)).toMatchObject({ allowed: true });
    expect(test.problems).toMatchObject([{ code: 'locked' }]);
  });

  it('makes its file readable for its user alone, and leaves no file beside it but the lock', async () => {
    await open(openStore(folder));
    expect(statSync(breakerPath(folder)).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).toSorted()).toEqual(['breaker.json', 'breaker.lock']);
  });

  it.skipIf(NO_PYTHON)('is read again without its lock, and not written, while nothing changes', async () => {
    const test = openStore(folder);
    await (await admitted(test)).succeeded();
    const { ino, mtimeMs } = statSync(breakerPath(folder));
    const holder = pythonHolder(join(folder, 'breaker.lock'));
    await holder.says('held');
    for (let read = 0; read < 20; read++) expect((await test.store.refresh()).state).toBe('closed');
    await holder.kill();
    expect(test.problems).toEqual([]);
    expect(statSync(breakerPath(folder))).toMatchObject({ ino, mtimeMs });
  });
});
