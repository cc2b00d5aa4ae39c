import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createPlatform } from '../../../electron/engine/platform/index.ts';
import { createLinuxSenders, loadPidfd } from '../../../electron/engine/platform/linux/pidfd.ts';
import { createLinuxProcesses } from '../../../electron/engine/platform/linux/processes.ts';
import { identityOf } from '../../../electron/engine/platform/process/identity.ts';
import { openTarget } from '../../../electron/engine/platform/process/target.ts';
import type { Identity, Platform, ProcessRecord, Target } from '../../../electron/engine/platform/types.ts';
import { hasPython, NO_PYTHON } from '../../support/simulator/python.ts';
import { until } from '../../support/until.ts';

const linux = process.platform === 'linux';
const root = process.geteuid?.() === 0;
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0))
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
});

function platform(): Platform {
  const made = createPlatform();
  if (!made.ok) throw new Error(made.error.hint);
  return made.value;
}

function start(
  command: string,
  args: string[],
  options: SpawnOptions = { stdio: 'ignore' },
): ChildProcess & { pid: number } {
  const child = spawn(command, args, options);
  children.push(child);
  if (child.pid === undefined) throw new Error(`${command} did not start`);
  return child as ChildProcess & { pid: number };
}

const sleeper = () => start('/bin/sleep', ['1000']);

async function read(pid: number): Promise<ProcessRecord | undefined> {
  const table = await platform().readProcessesOf([pid]);
  if (!table.ok) throw new Error(table.error.hint);
  return table.value.get(pid);
}

/** The identity once the child has become the program that is meant. */
async function identify(pid: number, program: RegExp): Promise<Identity> {
  const record = await until(
    async () => {
      const now = await read(pid);
      return program.test(now?.executable ?? '') ? now : undefined;
    },
    { what: `process ${pid} becoming ${program}` },
  );
  return identityOf(record);
}

async function open(identity: Identity): Promise<Target> {
  const target = await platform().openTarget(identity);
  if (!target.ok) throw new Error(`not opened: ${target.error.kind}`);
  return target.value;
}

describe('a target of this system', () => {
  it('is stopped by SIGTERM, and then reported as gone', async () => {
    const child = sleeper();
    const target = await open(await identify(child.pid, /sleep|coreutils/));
    expect(await target.gone()).toBe(false);
    expect(await target.signal('SIGTERM')).toEqual({ kind: 'sent' });
    await once(child, 'exit');
    expect(child.signalCode).toBe('SIGTERM');
    expect(await target.gone()).toBe(true);
    expect(await target.signal('SIGKILL')).toEqual({ kind: 'gone' });
    target.close();
  });

  it('is stopped by SIGKILL when it ignores SIGTERM', async () => {
    const child = start('/bin/sh', ['-c', 'trap "" TERM; echo ready; read x'], { stdio: ['pipe', 'pipe', 'ignore'] });
    await once(child.stdout ?? child, 'data');
    const target = await open(identityOf((await read(child.pid)) ?? expect.fail('not there')));
    expect(await target.signal('SIGTERM')).toEqual({ kind: 'sent' });
    expect(await target.gone()).toBe(false);
    expect(await target.signal('SIGKILL')).toEqual({ kind: 'sent' });
    await once(child, 'exit');
    expect(child.signalCode).toBe('SIGKILL');
    target.close();
  });

  it.each([
    ['start', { startToken: 'another' }],
    ['user', { uid: 4_000_000 }],
    ['program', { executable: '/usr/bin/java' }],
    ['unknown program', { executable: null }],
  ])('is refused when its %s differs from the planned identity', async (_, wrong) => {
    const child = sleeper();
    const identity = await identify(child.pid, /sleep|coreutils/);
    expect(await platform().openTarget({ ...identity, ...wrong })).toEqual({ ok: false, error: { kind: 'replaced' } });
    expect(child.signalCode).toBeNull();
  });

  it('is gone when no process has its pid', async () => {
    const child = sleeper();
    const identity = await identify(child.pid, /sleep|coreutils/);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await platform().openTarget(identity)).toEqual({ ok: false, error: { kind: 'gone' } });
  });

  it('is not signalled after it has become another program', async () => {
    const child = start('/bin/sh', ['-c', 'read x; exec /bin/sleep 1000'], { stdio: ['pipe', 'ignore', 'ignore'] });
    const before = await identify(child.pid, /sh$/);
    const target = await open(before);
    child.stdin?.end('go\n');
    await identify(child.pid, /sleep|coreutils/);
    expect(await target.signal('SIGKILL')).toEqual({ kind: 'replaced' });
    expect(await target.gone()).toBe(false);
    expect(child.signalCode).toBeNull();
    target.close();
  });

  it.skipIf(hasPython === null)(
    `is gone when it has ended and waits to be reaped${hasPython === null ? `: ${NO_PYTHON}` : ''}`,
    async () => {
      const keeper = `import subprocess, sys
child = subprocess.Popen(["/bin/sleep", "1000"])
print(child.pid, flush=True)
sys.stdin.read()
child.kill()`;
      const parent = start(hasPython ?? '', ['-c', keeper], { stdio: ['pipe', 'pipe', 'inherit'] });
      const [line] = await once(parent.stdout ?? parent, 'data');
      const pid = Number(String(line));
      const target = await open(await identify(pid, /sleep|coreutils/));
      expect(await target.signal('SIGKILL')).toEqual({ kind: 'sent' });
      await until(() => target.gone(), { what: 'the corpse' });
      expect((await read(pid))?.corpse).toBe(true);
      expect(await target.signal('SIGKILL')).toEqual({ kind: 'gone' });
      target.close();
    },
  );

  it.skipIf(!root)(
    `is not permitted when it belongs to another user${root ? '' : ': needs root to become another user'}`,
    async () => {
      const child = sleeper();
      await identify(child.pid, /sleep|coreutils/);
      const source = `
      import { createPlatform } from ${JSON.stringify(join(process.cwd(), 'electron/engine/platform/index.ts'))};
      const platform = createPlatform().value;
      const identity = (await platform.readProcessesOf([${child.pid}])).value.get(${child.pid});
      const target = await platform.openTarget(identity);
      console.log(JSON.stringify([platform.self.uid, identity.executable, await target.value.signal('SIGKILL')]));
    `;
      const other = start(process.execPath, ['--input-type=module-typescript', '--eval', source], {
        stdio: ['ignore', 'pipe', 'inherit'],
        uid: 65_534,
        gid: 65_534,
      });
      let text = '';
      for await (const chunk of other.stdout ?? []) text += chunk;
      expect(JSON.parse(text)).toEqual([65_534, null, { kind: 'not-permitted' }]);
      expect(child.signalCode).toBeNull();
    },
  );
});

/** Starts a process that has this very pid; only Linux lets root choose. */
async function takeOver(pid: number): Promise<ChildProcess> {
  return until(
    async () => {
      writeFileSync('/proc/sys/kernel/ns_last_pid', String(pid - 1));
      const child = sleeper();
      if (child.pid === pid) return child;
      child.kill('SIGKILL');
      await once(child, 'exit');
      return undefined;
    },
    { what: `a process with pid ${pid}`, everyMs: 1 },
  );
}

function mayChoosePids(): boolean {
  try {
    writeFileSync('/proc/sys/kernel/ns_last_pid', '300');
    return true;
  } catch {
    return false;
  }
}

const chooses = linux && root && mayChoosePids();

describe.skipIf(!chooses)(
  `a pid that another process takes over${chooses ? '' : ': needs Linux and root, to choose a pid'}`,
  () => {
    async function reused(grip: (identity: Identity) => Promise<Target>) {
      const first = sleeper();
      const began = performance.now();
      const target = await grip(await identify(first.pid, /sleep|coreutils/));
      // The kernel tells start times in steps of 10 ms; a zombie's owner is at least 3 s older than whoever could take its pid.
      await until(() => performance.now() - began > 30, { what: 'the next step of the clock' });
      first.kill('SIGKILL');
      await once(first, 'exit');
      const second = await takeOver(first.pid);
      expect((await read(first.pid))?.executable).toBe(target.identity.executable);
      return { target, second };
    }

    it('leads to no signal for the new process, even if it is the same program of the same user', async () => {
      const { target, second } = await reused(open);
      expect(await target.signal('SIGKILL')).toEqual({ kind: 'replaced' });
      expect(await target.gone()).toBe(true);
      expect(second.signalCode).toBeNull();
      target.close();
    });

    it('leads to no signal for the new process without pidfd either', async () => {
      const without = createLinuxSenders(async () => null);
      const { target, second } = await reused(async (identity) => {
        const opened = await openTarget(identity, createLinuxProcesses().one, without);
        return opened.ok ? opened.value : expect.fail('not opened');
      });
      expect(await target.signal('SIGKILL')).toEqual({ kind: 'replaced' });
      expect(second.signalCode).toBeNull();
    });

    it('leads to no signal, thanks to the pidfd alone, when it was taken over after the identity was read', async () => {
      expect(await loadPidfd()).not.toBeNull();
      const first = sleeper();
      const sender = await createLinuxSenders()(first.pid);
      first.kill('SIGKILL');
      await once(first, 'exit');
      const second = await takeOver(first.pid);
      expect(sender.ok && sender.value.send('SIGKILL')).toEqual({ kind: 'gone' });
      expect((await read(first.pid))?.corpse).toBe(false);
      expect(second.signalCode).toBeNull();
      if (sender.ok) sender.value.close();
    });
  },
);

describe.skipIf(!linux)('a kernel or sandbox without pidfd', () => {
  it.each([38, 1])('falls back to kill(2) (errno %d)', async (errno) => {
    const child = sleeper();
    const identity = await identify(child.pid, /sleep|coreutils/);
    const senders = createLinuxSenders(async () => ({
      open: () => -errno,
      send: () => expect.fail('no pidfd to send on'),
    }));
    const target = await openTarget(identity, createLinuxProcesses().one, senders);
    expect(target.ok && (await target.value.signal('SIGTERM'))).toEqual({ kind: 'sent' });
    await once(child, 'exit');
    expect(child.signalCode).toBe('SIGTERM');
  });
});
