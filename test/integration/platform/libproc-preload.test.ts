import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadLibproc } from '../../../electron/engine/platform/darwin/libproc/calls.ts';
import { type PreloadOptions, underLibproc } from '../../support/mac/libproc/preload-options.ts';

const linux = process.platform === 'linux';

const at = (path: string) => JSON.stringify(new URL(`../../../electron/engine/platform/${path}`, import.meta.url).href);

/** What a process under the preload says of itself, and whether it can still take a lock of this system. */
const SCRIPT = `
const { createLibproc } = await import(${at('darwin/libproc.ts')});
const { chooseBackend } = await import(${at('lock/flock-backend.ts')});
const { LINUX_FLOCK } = await import(${at('linux/flock.ts')});
const libproc = await createLibproc({ pid: process.pid, uid: process.geteuid() });
if (!libproc.ok) throw new Error(libproc.error.hint);
const { backend, rejected } = await chooseBackend(LINUX_FLOCK);
const { executable, ppid } = libproc.value.processes.one(process.pid);
const held = libproc.value.sockets.heldBy(process.pid);
const lock = libproc.value.isLocked('/nowhere/lock');
const sender = libproc.value.openSender(4000000);
console.log(JSON.stringify({ executable, ppid, held: held.value, lock, sender: sender.error, flock: backend?.name, rejected }));
`;

function run(options: PreloadOptions): Record<string, unknown> {
  const { nodeArgs, env } = underLibproc(options);
  const args = [...nodeArgs, '--input-type=module', '-e', SCRIPT];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', env: { ...process.env, ...env } }));
}

describe.skipIf(!linux)('a program under the preload', () => {
  it('has libproc as on a Mac, and the rest of koffi as on this system', () => {
    expect(run({})).toEqual({
      executable: realpathSync(process.execPath),
      ppid: process.pid,
      held: { sockets: [], complete: true },
      lock: 'free',
      sender: { kind: 'gone' },
      flock: 'koffi',
      rejected: [],
    });
  });

  it('has the macOS version that it is given', () => {
    expect(run({ macos: '13.6' })).not.toHaveProperty('sender');
  });
});

describe.skipIf(!linux)('libproc on another system', () => {
  it('is missing, which is not an error of the program', async () => {
    expect(readFileSync('/proc/version', 'utf8')).toContain('Linux');
    expect(await loadLibproc()).toMatchObject({ ok: false, error: { code: 'tool-missing', tool: 'libproc' } });
  });

  it('is missing where koffi cannot be loaded', async () => {
    const broken = () => Promise.reject(new Error('Cannot find the native Koffi module'));
    const loaded = await loadLibproc(broken);
    expect(!loaded.ok && loaded.error.hint).toContain('Cannot find the native Koffi module');
  });
});
