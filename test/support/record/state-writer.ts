// Counts up in a state file as a process of its own: DIRECTORY TIMES
import process from 'node:process';
import { z } from 'zod';
import { decodeJson } from '../../../electron/engine/record/files/json.ts';
import { keptValue, openStateFile } from '../../../electron/engine/record/files/state-file.ts';
import { placeIn } from './state-place.ts';

const [directory = '', times = '0'] = process.argv.slice(2);
const schema = z.object({ count: z.number() });
const file = openStateFile({
  ...placeIn(directory, 'count'),
  decode: (text) => decodeJson(text, schema),
  encode: (value) => JSON.stringify(value),
  what: 'a count',
  withoutLock: 'refuse',
  lockTimeoutMs: 60_000,
});

for (let time = 0; time < Number(times); time++) {
  const written = await file.exclusively(async (held) => {
    const read = await held.read();
    if (!read.ok) return read;
    return held.write({ count: (keptValue(read.value)?.count ?? 0) + 1 });
  });
  if (!written.ok) throw new Error(written.error.detail);
}
