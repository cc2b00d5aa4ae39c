import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { MAX_PAUSE_MS, openPause } from '../../../electron/engine/record/pause.ts';
import { canMount, ownDirectory, smallDisk } from '../../support/record/places.ts';
import { placeIn } from '../../support/record/state-place.ts';

it('shares a pause between app and command, and ends it by the clock and by resuming', async () => {
  const directory = ownDirectory();
  let now = new Date('2026-03-01T12:00:00.000Z');
  const app = openPause(placeIn(directory, 'pause'), () => now);
  const command = openPause(placeIn(directory, 'pause'), () => now);
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
  expect(readdirSync(directory)).toEqual(['pause.lock']);
});

it('pauses for a day at most, and not for longer when the clock is set back', async () => {
  let now = new Date('2026-03-01T12:00:00.000Z');
  const pause = openPause(placeIn(ownDirectory(), 'pause'), () => now);
  expect(await pause.set(10 * MAX_PAUSE_MS)).toEqual({ ok: true, value: new Date('2026-03-02T12:00:00.000Z') });
  now = new Date('2025-03-01T12:00:00.000Z');
  expect(await pause.read()).toBeNull();
});

it.each(['', '{', 'null', '[]', '{"until": 5}', '{"until": "soon"}'])(
  'keeps a pause file with %j aside, reports it once and does not pause',
  async (text) => {
    const directory = ownDirectory();
    writeFileSync(join(directory, 'pause.json'), text);
    const place = placeIn(directory, 'pause');
    const pause = openPause(place);
    expect(await pause.read()).toBeNull();
    expect(await pause.read()).toBeNull();
    expect(place.troubles).toMatchObject([{ code: 'corrupt', path: place.path }]);
    expect(readFileSync(place.troubles[0]?.detail ?? '', 'utf8')).toBe(text);
    expect(await pause.set(60_000)).toMatchObject({ ok: true });
    expect(await openPause(placeIn(directory, 'pause')).read()).not.toBeNull();
  },
);

it.skipIf(!canMount)('answers an error when the pause file cannot be written', async () => {
  const disk = smallDisk(64);
  await openPause(placeIn(disk.directory, 'pause')).set(1_000);
  disk.makeReadOnly();
  expect(await openPause(placeIn(disk.directory, 'pause')).set(1_000)).toMatchObject({
    ok: false,
    error: { code: 'read-only' },
  });
  expect(await openPause(placeIn(disk.directory, 'pause')).set(0)).toMatchObject({
    ok: false,
    error: { code: 'read-only' },
  });
});
