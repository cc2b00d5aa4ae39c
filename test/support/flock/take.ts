// Takes the lock at PATH with the named back-end and waiting tool, prints `held`, and holds it until its input ends.

import { createFlock } from '../../../electron/engine/platform/lock/flock.ts';
import { createKoffiBackend, createToolBackend } from '../../../electron/engine/platform/lock/flock-backend.ts';
import { FLOCK_WAYS } from '../system.ts';

const [path = '', timeoutMs = '', backendName = 'koffi', toolFile = ''] = process.argv.slice(2);
const backend =
  backendName === 'flock' || backendName === 'perl' ? createToolBackend(backendName) : await createKoffiBackend();
const flock = createFlock({ backend, waitTools: FLOCK_WAYS.waitTools.filter(({ file }) => file === toolFile) });
process.umask(0o077);
process.stdout.write('ready\n');
const result = await flock.lock({ path, timeoutMs: Number(timeoutMs) });
process.stdout.write(result.ok ? 'held\n' : `${result.error.code}\n`);
process.stdin.resume();
process.stdin.on('end', async () => {
  if (result.ok) await result.value.release();
  process.exit(0);
});
