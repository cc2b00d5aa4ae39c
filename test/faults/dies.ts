// Preloaded into a command: it sends itself SIGKILL when it writes a certain line into its journal.
// SEXTON_TEST_DIES is `before EVENT`, `after EVENT` (once the line is on the disk) or `within EVENT` (half the line is).
import { open } from 'node:fs/promises';

const [when = '', event = '', nth = '1'] = (process.env.SEXTON_TEST_DIES ?? '').split(' ');
const die = () => process.kill(process.pid, 'SIGKILL');

const probe = await open('/dev/null');
const handles = Object.getPrototypeOf(probe) as typeof probe;
await probe.close();
const { appendFile, sync } = handles;
let seen = 0;
let written = false;

handles.appendFile = async function (this: typeof probe, data: Parameters<typeof appendFile>[0], ...rest) {
  const text = String(data);
  if (!text.includes(`"event":"${event}"`)) return appendFile.call(this, data, ...rest);
  seen += 1;
  if (seen < Number(nth)) return appendFile.call(this, data, ...rest);
  if (when === 'before') die();
  if (when === 'within') {
    await appendFile.call(this, text.slice(0, text.length / 2));
    die();
  }
  written = true;
  return appendFile.call(this, data, ...rest);
} as typeof appendFile;

handles.sync = async function (this: typeof probe) {
  await sync.call(this);
  if (when === 'after' && written) die();
};
