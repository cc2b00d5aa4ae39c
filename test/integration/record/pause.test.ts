import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { MAX_PAUSE_MS, openPause } from '../../../electron/engine/record/pause.ts';
import { canMount, ownDirectory, smallDisk } from '../../support/record/places.ts';

it('a pause is shared by app and command, and ends with time or by resuming', async () => {
  const directory = ownDirectory();
  let now = new Date('2026-03-01T12:00:00.000Z');
  const app = openPause(directory, () => now);
  const command = openPause(directory, () => now);
  expect(await app.read()).toBeNull();
  const until = new Date('2026-03-01T12:15:00.000Z');
  expect(await command.set(900_000)).toEqual({ ok: true, value: until });
  expect(await app.read()).toEqual(until);
  now = until;
  expect(await app.read()).toBeNull();
  now = new Date('2026-03-01T12:14:59.000Z');
  expect(await app.read()).toEqual(until);
  expect(await command.set(0)).toEqual({ ok: true, value: null });
  expect(await app.read()).toBeNull();
  expect(await command.set(0)).toEqual({ ok: true, value: null });
  expect(readdirSync(directory)).toEqual([]);
});

it('a pause lasts a day at most, and setting the clock back does not prolong it', async () => {
  let now = new Date('2026-03-01T12:00:00.000Z');
  const pause = openPause(ownDirectory(), () => now);
  expect(await pause.set(10 * MAX_PAUSE_MS)).toEqual({ ok: true, value: new Date('2026-03-02T12:00:00.000Z') });
  now = new Date('2025-03-01T12:00:00.000Z');
  expect(await pause.read()).toBeNull();
});

it.each(['', '{', 'null', '[]', '{"until": 5}', '{"until": "soon"}'])(
  'a pause file that contains %j is no pause',
  async (text) => {
    const directory = ownDirectory();
    writeFileSync(join(directory, 'pause.json'), text);
    expect(await openPause(directory).read()).toBeNull();
  },
);

it.skipIf(!canMount)('a pause that cannot be saved is returned as an error', async () => {
  const disk = smallDisk(64);
  await openPause(disk.directory).set(1_000);
  disk.makeReadOnly();
  expect(await openPause(disk.directory).set(1_000)).toMatchObject({ ok: false, error: { code: 'read-only' } });
  expect(await openPause(disk.directory).set(0)).toMatchObject({ ok: false, error: { code: 'read-only' } });
});
