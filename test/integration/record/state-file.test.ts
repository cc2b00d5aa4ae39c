import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { decodeJson } from '../../../electron/engine/record/files/json.ts';
import { keptValue, openStateFile, type StateFileOptions } from '../../../electron/engine/record/files/state-file.ts';
import { canMount, ownDirectory, smallDisk } from '../../support/record/places.ts';
import { placeIn, type TestPlace } from '../../support/record/state-place.ts';

const WRITER = fileURLToPath(new URL('../../support/record/state-writer.ts', import.meta.url));
const schema = z.object({ count: z.number() });
type Count = z.infer<typeof schema>;

function openCount(place: TestPlace, options: Partial<StateFileOptions<Count>> = {}) {
  return openStateFile<Count>({
    ...place,
    decode: (text) => decodeJson(text, schema),
    encode: (value) => JSON.stringify(value),
    what: 'a count',
    withoutLock: 'refuse',
    lockTimeoutMs: 50,
    ...options,
  });
}

it('loses no change when four processes change one state file at once', async () => {
  const directory = ownDirectory();
  const run = promisify(execFile);
  await Promise.all(Array.from({ length: 4 }, () => run(process.execPath, [WRITER, directory, '25'])));
  expect(JSON.parse(readFileSync(join(directory, 'count.json'), 'utf8'))).toEqual({ count: 100 });
  expect(readdirSync(directory).toSorted()).toEqual(['count.json', 'count.lock']);
});

it('keeps a broken state file aside once, however many processes read it at once', async () => {
  const directory = ownDirectory();
  writeFileSync(join(directory, 'count.json'), '{"count": "many"}');
  const places = Array.from({ length: 5 }, () => placeIn(directory, 'count'));
  const reads = await Promise.all(places.map((place) => openCount(place, { lockTimeoutMs: 5_000 }).read()));
  expect(reads.every((read) => read.ok && keptValue(read.value) === null)).toBe(true);
  expect(places.flatMap(({ troubles }) => troubles)).toMatchObject([{ code: 'corrupt' }]);
  expect(readdirSync(directory).filter((name) => name.includes('.broken-'))).toHaveLength(1);
});

it('moves nothing aside when another process has repaired a state file before the lock was free', async () => {
  const directory = ownDirectory();
  const place = placeIn(directory, 'count');
  writeFileSync(place.path, '{');
  const other = await placeIn(directory, 'count').mutex?.acquire(1_000);
  if (!other?.ok) throw new Error('no lock');
  const reading = openCount(place, { lockTimeoutMs: 10_000 }).read();
  writeFileSync(place.path, '{"count": 3}');
  await other.value();
  expect(await reading).toEqual({ ok: true, value: expect.objectContaining({ kind: 'value', value: { count: 3 } }) });
  expect(place.troubles).toEqual([]);
});

it.each([
  ['refuse', false],
  ['refuse-if-held', false],
  ['write', true],
] as const)(
  'while another process holds the lock, a state file with the policy %s writes: %s',
  async (policy, writes) => {
    const directory = ownDirectory();
    const place = placeIn(directory, 'count');
    const file = openCount(place, { withoutLock: policy });
    const other = await placeIn(directory, 'count').mutex?.acquire(1_000);
    if (!other?.ok) throw new Error('no lock');
    for (let tries = 0; tries < 2; tries++) {
      expect((await file.exclusively((held) => held.write({ count: 1 }))).ok).toBe(writes);
    }
    expect(place.troubles.map(({ code }) => code)).toEqual(writes ? [] : ['locked']);
    await other.value();
    expect((await file.exclusively((held) => held.write({ count: 2 }))).ok).toBe(true);
    expect(place.passed).toEqual(writes ? [] : ['locked']);
  },
);

it.each([
  ['refuse', false],
  ['refuse-if-held', true],
  ['write', true],
] as const)('where no lock can be made at all, a state file with the policy %s writes: %s', async (policy, writes) => {
  const directory = ownDirectory();
  mkdirSync(join(directory, 'count.lock'));
  const file = openCount(placeIn(directory, 'count'), { withoutLock: policy });
  expect((await file.exclusively((held) => held.write({ count: 1 }))).ok).toBe(writes);
});

it('reports a folder in the place of a state file once, and that it is gone', async () => {
  const place = placeIn(ownDirectory(), 'count');
  mkdirSync(place.path);
  const file = openCount(place);
  for (let tries = 0; tries < 2; tries++) {
    expect(await file.read()).toMatchObject({ ok: false, error: { code: 'io' } });
    expect((await file.exclusively((held) => held.write({ count: 1 }))).ok).toBe(false);
  }
  expect(place.troubles.map(({ code }) => code)).toEqual(['not-read', 'not-saved']);
  rmSync(place.path, { recursive: true });
  expect((await file.exclusively((held) => held.write({ count: 1 }))).ok).toBe(true);
  expect(keptValue(await file.read().then((read) => (read.ok ? read.value : { kind: 'absent' })))).toEqual({
    count: 1,
  });
  expect(place.passed).toEqual(['not-saved', 'not-read']);
});

it('answers a change of a state file once, also one of its permissions', async () => {
  const directory = ownDirectory();
  const file = openCount(placeIn(directory, 'count'));
  expect(await file.readIfChanged()).toMatchObject({ ok: true, value: { kind: 'absent' } });
  expect(await file.readIfChanged()).toBe('unchanged');
  await openCount(placeIn(directory, 'count')).exclusively((held) => held.write({ count: 1 }));
  expect(await file.readIfChanged()).toMatchObject({ ok: true, value: { value: { count: 1 } } });
  await file.exclusively((held) => held.write({ count: 2 }));
  expect(await file.readIfChanged()).toBe('unchanged');
  chmodSync(file.path, 0o640);
  expect(await file.readIfChanged()).toMatchObject({ ok: true, value: { value: { count: 2 } } });
});

it.skipIf(!canMount)('reports a broken state file on a read-only disk as stuck, and leaves it as it is', async () => {
  const disk = smallDisk(64);
  const place = placeIn(disk.directory, 'count');
  writeFileSync(place.path, '{ broken');
  disk.makeReadOnly();
  const file = openCount(place, { withoutLock: 'write' });
  for (let tries = 0; tries < 2; tries++) {
    expect(await file.read()).toMatchObject({ ok: false, error: { code: 'read-only' } });
  }
  expect(place.troubles.map(({ code }) => code)).toEqual(['stuck']);
  disk.makeWritable();
  expect(readFileSync(place.path, 'utf8')).toBe('{ broken');
  expect(await file.read()).toMatchObject({ ok: true, value: { kind: 'moved-aside', why: 'it is not valid JSON' } });
  expect(place.passed).toEqual(['stuck']);
});

it.skipIf(!canMount)('keeps the old state file when the disk is full', async () => {
  const disk = smallDisk(16);
  const place = placeIn(disk.directory, 'count');
  const file = openCount(place, { encode: ({ count }) => JSON.stringify({ count, filler: 'x'.repeat(count) }) });
  expect((await file.exclusively((held) => held.write({ count: 1 }))).ok).toBe(true);
  expect(() => writeFileSync(join(disk.directory, 'filler'), Buffer.alloc(64_000))).toThrow();
  expect(await file.exclusively((held) => held.write({ count: 9_000 }))).toMatchObject({
    ok: false,
    error: { code: 'disk-full' },
  });
  expect(await file.read()).toMatchObject({ ok: true, value: { value: { count: 1 } } });
  expect(place.troubles).toMatchObject([{ code: 'not-saved' }]);
});
