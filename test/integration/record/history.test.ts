import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect, it, onTestFinished } from 'vitest';
import { createSystemFlock } from '../../../electron/engine/platform/lock/flock.ts';
import { createFileMutex } from '../../../electron/engine/record/files/mutex.ts';
import { parseRing } from '../../../electron/engine/record/history/format.ts';
import { openHistory, RANGE_MS } from '../../../electron/engine/record/history/history.ts';
import { writeMetrics } from '../../../electron/engine/record/history/metrics.ts';
import { cleanFinished } from '../../../electron/engine/record/journal/entries.ts';
import { openJournal } from '../../../electron/engine/record/journal/journal.ts';
import type { PortState, ScanState } from '../../../shared/snapshot.ts';
import { canMount, ownDirectory, smallDisk } from '../../support/record/places.ts';
import { until } from '../../support/until.ts';

const WRITER = new URL('../../support/record/history-writer.ts', import.meta.url).pathname;
const NOON = Date.parse('2026-03-01T12:00:00.000Z');
const flock = createSystemFlock(process.platform === 'darwin' ? 'darwin' : 'linux');

function historyIn(directory: string, clock: { time: number }) {
  const mutex = createFileMutex(flock, join(directory, 'history.lock'));
  return openHistory({ directory, logs: directory, mutex, now: () => new Date(clock.time) });
}

function look(client: number | null) {
  const scan: ScanState = { kind: client === null ? 'failed' : 'ok', at: '', durationMs: 1, problems: [] };
  const port: PortState = {
    port: 4002,
    label: '',
    listening: true,
    gateway: null,
    backlog: 0,
    jammed: false,
    zombies: { client, gateway: 0, total: client },
    closing: 0,
    established: 0,
    forwarder: null,
  };
  return { scan, ports: [port], level: client === null ? ('blind' as const) : ('notice' as const) };
}

const stored = (directory: string) => parseRing(readFileSync(join(directory, 'history.json'), 'utf8'));

it('the history is written when a minute is over, not before, and on stop', async () => {
  const directory = ownDirectory();
  const clock = { time: NOON };
  const history = historyIn(directory, clock);
  for (let second = 0; second < 60; second += 5) {
    clock.time = NOON + second * 1_000;
    expect(await history.observe(look(second))).toEqual({ ok: true, value: undefined });
  }
  expect(readdirSync(directory)).toEqual([]);
  clock.time = NOON + 60_000;
  await history.observe(look(1));
  expect(stored(directory)?.minutes.map(({ client }) => client)).toEqual([55, 1]);
  const { mtimeMs } = statSync(join(directory, 'history.json'));
  clock.time += 30_000;
  await history.observe(look(7));
  expect(statSync(join(directory, 'history.json')).mtimeMs).toBe(mtimeMs);
  await history.stop();
  expect(stored(directory)?.minutes.map(({ client }) => client)).toEqual([55, 7]);
});

it('the history survives a restart, with the events and the clean rate of the journal', async () => {
  const directory = ownDirectory();
  const clock = { time: NOON };
  const first = historyIn(directory, clock);
  await first.observe(look(3));
  await first.observe(look(null));
  await first.stop();
  const journal = openJournal({ directory, mutex: createFileMutex(flock, join(directory, 'journal.lock')) });
  const result = { ok: true, message: 'Port clean.', stopped: [], refused: [], remaining: 0, durationMs: 1 };
  await journal.append(cleanFinished(new Date(NOON).toISOString(), { by: 'user', planId: 'p', result }));
  clock.time += 600_000;
  const second = historyIn(directory, clock);
  expect(await second.load()).toEqual({ ok: true, value: null });
  const view = await second.view(RANGE_MS['1h']);
  expect(view.points).toMatchObject([{ at: '2026-03-01T12:00:00.000Z', client: 3, level: 'blind', cleanups: 1 }]);
  expect(view.events).toEqual([{ at: '2026-03-01T12:00:00.000Z', kind: 'cleaned', text: 'Port clean.' }]);
  expect(view.cleanRate).toBe(1);
});

it('the history of several programs at once has what each of them saw', async () => {
  const directory = ownDirectory();
  const run = async (client: number, start: number) => {
    const child = spawn(process.execPath, [WRITER, directory, String(client), '60', String(start)], {
      stdio: 'ignore',
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child, 'close');
  };
  await Promise.all([run(3, NOON), run(5, NOON + 30 * 60_000)]);
  const counts = stored(directory)?.minutes.map(({ client }) => client);
  expect(counts).toEqual([...Array(30).fill(3), ...Array(60).fill(5)]);
});

it('the history loses at most the last minute when its program is killed, and is never a partial file', async () => {
  const directory = ownDirectory();
  for (let round = 0; round < 3; round++) {
    const start = NOON + round * 20_000 * 60_000;
    const child = spawn(process.execPath, [WRITER, directory, String(round + 1), '100000', String(start)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let printed = '';
    child.stdout.on('data', (chunk) => {
      printed += chunk;
    });
    await until(() => printed.split('\n').length > 10 + round, { what: 'the program looking' });
    child.kill('SIGKILL');
    await once(child, 'close');
    const looks = printed.split('\n').length - 1;
    const kept = stored(directory)?.minutes.filter(({ client }) => client === round + 1) ?? [];
    expect(kept.length).toBeGreaterThanOrEqual(looks);
  }
});

it('a broken history is moved aside, and a new one is started', async () => {
  const directory = ownDirectory();
  writeFileSync(join(directory, 'history.json'), '{"version":1,"minu');
  const clock = { time: NOON };
  const history = historyIn(directory, clock);
  const aside = join(directory, 'history.json.broken-2026-03-01T12-00-00.000Z');
  expect(await history.load()).toEqual({ ok: true, value: aside });
  expect(readFileSync(aside, 'utf8')).toBe('{"version":1,"minu');
  await history.observe(look(1));
  expect(await history.stop()).toEqual({ ok: true, value: undefined });
  expect(stored(directory)?.minutes).toHaveLength(1);
});

it.skipIf(!canMount)(
  'the history returns an error on a disk that refuses, stays in memory and is written later',
  async () => {
    const disk = smallDisk(64);
    const clock = { time: NOON };
    const history = historyIn(disk.directory, clock);
    await history.observe(look(1));
    disk.makeReadOnly();
    clock.time += 60_000;
    expect(await history.observe(look(2))).toMatchObject({ ok: false, error: { code: 'read-only' } });
    disk.makeWritable();
    expect(await history.stop()).toEqual({ ok: true, value: undefined });
    expect(stored(disk.directory)?.minutes.map(({ client }) => client)).toEqual([1, 2]);
  },
);

it('the metrics file is replaced as a whole, readable for everybody, and only in a directory that exists', async () => {
  const directory = ownDirectory();
  const path = join(directory, 'sexton.prom');
  expect((await writeMetrics(path, 'a 1\n')).ok).toBe(true);
  expect((await writeMetrics(path, 'a 2\n')).ok).toBe(true);
  expect(readFileSync(path, 'utf8')).toBe('a 2\n');
  expect(statSync(path).mode & 0o777).toBe(0o644);
  expect(readdirSync(directory)).toEqual(['sexton.prom']);
  expect(await writeMetrics(join(directory, 'none', 'x.prom'), 'a 1\n')).toMatchObject({
    ok: false,
    error: { code: 'io', detail: 'ENOENT' },
  });
});
