// Feeds a history from a separate process, a minute of its clock per scan: DIRECTORY CLIENT_COUNT LOOKS START
// Prints the number of each scan once `observe` has answered.
import { join } from 'node:path';
import process from 'node:process';
import { createSystemFlock } from '../../../electron/engine/platform/lock/flock.ts';
import { createFileMutex } from '../../../electron/engine/record/files/mutex.ts';
import { openHistory } from '../../../electron/engine/record/history/history.ts';
import type { PortState, ScanState } from '../../../shared/snapshot.ts';

const [directory = '', client = '0', looks = '0', start = '0'] = process.argv.slice(2);
let time = Number(start);
const flock = createSystemFlock(process.platform === 'darwin' ? 'darwin' : 'linux');
const history = openHistory({
  directory,
  logs: directory,
  mutex: createFileMutex(flock, join(directory, 'history.lock')),
  now: () => new Date(time),
  lockTimeoutMs: 30_000,
});
const scan: ScanState = { kind: 'ok', at: new Date(time).toISOString(), durationMs: 1, problems: [] };
const port: PortState = {
  port: 4002,
  label: '',
  listening: true,
  gateway: null,
  backlog: 0,
  jammed: false,
  zombies: { client: Number(client), gateway: 0, total: Number(client) },
  closing: 0,
  established: 0,
  forwarder: null,
};

await history.load();
for (let look = 1; look <= Number(looks); look++) {
  const observed = await history.observe({ scan, ports: [port], level: 'notice' });
  process.stdout.write(`${observed.ok ? look : observed.error.code}\n`);
  time += 60_000;
}
time -= 60_000;
await history.stop();
