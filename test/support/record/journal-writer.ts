// Writes numbered lines into a journal from a separate process: DIRECTORY NAME COUNT ROTATE_BYTES durable|loose
// Prints the number of each line once it is written, or the code of its error.
import { join } from 'node:path';
import process from 'node:process';
import { createFileMutex } from '../../../electron/engine/record/files/mutex.ts';
import { connectAttempt } from '../../../electron/engine/record/journal/entries.ts';
import { openJournal } from '../../../electron/engine/record/journal/journal.ts';
import { thisPlatform } from '../system.ts';

const [directory = '', name = '', count = '0', rotateBytes = '5000000', durable = 'loose'] = process.argv.slice(2);
const { flock } = thisPlatform();
const journal = openJournal({
  directory,
  mutex: createFileMutex(flock, join(directory, 'journal.lock')),
  rotateBytes: Number(rotateBytes),
  lockTimeoutMs: 30_000,
});

for (let number = 1; number <= Number(count); number++) {
  const at = new Date().toISOString();
  const entry = connectAttempt(at, { attempt: number, bot: name, port: null });
  const written = await journal.append(entry, { durable: durable === 'durable' });
  process.stdout.write(`${written.ok ? number : written.error.code}\n`);
}
