import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { LibprocCalls } from '../../../electron/engine/platform/darwin/libproc/calls.ts';
import { isLocked } from '../../../electron/engine/platform/darwin/libproc/lock.ts';
import { createLibprocProcesses } from '../../../electron/engine/platform/darwin/libproc/processes.ts';
import { openByToken } from '../../../electron/engine/platform/darwin/libproc/signals.ts';
import { identityOf } from '../../../electron/engine/platform/process/identity.ts';
import { openTarget } from '../../../electron/engine/platform/process/target.ts';
import type { ProcessRecord } from '../../../electron/engine/platform/types.ts';
import type { Call, DoubleOptions } from '../../support/mac/libproc/koffi-double.ts';
import { loadDouble } from '../../support/mac/libproc/load.ts';
import { hasPython, NO_PYTHON } from '../../support/simulator/python.ts';
import { until } from '../../support/until.ts';

const linux = process.platform === 'linux';
const root = process.geteuid?.() === 0;
const SELF = { pid: process.pid, uid: process.geteuid?.() ?? -1 };

const children: ChildProcess[] = [];
const folders: string[] = [];

afterEach(() => {
  for (const child of children.splice(0))
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function start(command: string, args: string[]): ChildProcess & { pid: number } {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  if (child.pid === undefined) throw new Error(`${command} did not start`);
  return child as ChildProcess & { pid: number };
}

async function become(calls: LibprocCalls, pid: number, program: string): Promise<ProcessRecord> {
  const { one } = createLibprocProcesses(calls, SELF);
  return until(() => (one(pid)?.executable?.includes(program) ? one(pid) : null), { what: `${pid} being ${program}` });
}

/** The double, and the calls that went through it. */
async function recorded(options: DoubleOptions = {}): Promise<{ calls: LibprocCalls; made: Call[] }> {
  const made: Call[] = [];
  const calls = await loadDouble({
    ...options,
    fault: (call, answer) => {
      made.push(call);
      return answer();
    },
  });
  return { calls, made };
}

async function open(calls: LibprocCalls, record: ProcessRecord) {
  const { one } = createLibprocProcesses(calls, SELF);
  const target = await openTarget(identityOf(record), one, async (pid) => openByToken(calls, pid));
  if (!target.ok) throw new Error(`not opened: ${target.error.kind}`);
  return target.value;
}

describe.skipIf(!linux)('a signal by libproc', () => {
  it('reaches the process by its audit token, and reports it as gone after that', async () => {
    const { calls, made } = await recorded();
    const child = start('/bin/sleep', ['1000']);
    const target = await open(calls, await become(calls, child.pid, 'sleep'));
    const ended = once(child, 'exit');
    expect(await target.signal('SIGTERM')).toEqual({ kind: 'sent' });
    await ended;
    expect(child.signalCode).toBe('SIGTERM');
    expect(made.filter(({ name }) => name === 'proc_signal_with_audittoken')).toHaveLength(1);
    expect(await target.gone()).toBe(true);
    expect(await target.signal('SIGKILL')).toEqual({ kind: 'gone' });
  });

  it('uses kill(2) on a macOS before 14.2', async () => {
    const { calls, made } = await recorded({ macos: '14.1' });
    expect(calls.signalByToken).toBeNull();
    const child = start('/bin/sleep', ['1000']);
    const target = await open(calls, await become(calls, child.pid, 'sleep'));
    const ended = once(child, 'exit');
    expect(await target.signal('SIGKILL')).toEqual({ kind: 'sent' });
    await ended;
    expect(made.some(({ name }) => name === 'proc_signal_with_audittoken')).toBe(false);
  });

  it('spares a process that became another program after it was opened', async () => {
    const calls = await loadDouble();
    const child = start('/bin/sh', ['-c', 'read line; exec sleep 1000']);
    await become(calls, child.pid, 'sh');
    const sender = openByToken(calls, child.pid);
    child.stdin?.end('\n');
    await become(calls, child.pid, 'sleep');
    expect(sender.ok && sender.value.send('SIGKILL')).toEqual({ kind: 'replaced' });
    expect(child.signalCode).toBeNull();
  });

  it('spares another process that has taken over the pid', async () => {
    const child = start('/bin/sleep', ['1000']);
    const calls = await loadDouble();
    await become(calls, child.pid, 'sleep');
    const other = await loadDouble({
      fault: ({ name, args }, answer) => {
        const outcome = answer();
        // Flavor 17: another unique id and version than the sender will have seen.
        if (name === 'proc_pidinfo' && args[1] === 17 && typeof outcome !== 'number' && opened) {
          outcome.writeBigUInt64LE(77n, 16);
          outcome.writeInt32LE(77, 32);
        }
        return name === 'proc_signal_with_audittoken' ? 3 : outcome;
      },
    });
    let opened = false;
    const sender = openByToken(other, child.pid);
    opened = true;
    expect(sender.ok && sender.value.send('SIGKILL')).toEqual({ kind: 'replaced' });
  });

  it.skipIf(!hasPython)('reports an ended process that was not reaped as gone', async () => {
    const calls = await loadDouble();
    const script = 'import subprocess as s; print(s.Popen(["/bin/sleep", "1000"]).pid, flush=True); input()';
    const child = start('python3', ['-c', script]);
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      said += String(chunk);
    });
    await until(() => said.endsWith('\n'), { what: 'the pid of the sleeper' });
    const pid = Number(said);
    const record = await become(calls, pid, 'sleep');
    const target = await open(calls, record);
    const sender = openByToken(calls, pid);
    expect(await target.signal('SIGKILL')).toEqual({ kind: 'sent' });
    await until(() => createLibprocProcesses(calls, SELF).one(pid)?.corpse, { what: 'a corpse' });
    expect(sender.ok && sender.value.send('SIGKILL')).toEqual({ kind: 'gone' });
    expect(await target.gone()).toBe(true);
  });

  it.skipIf(!root)('is not permitted to another user’s process', async () => {
    const child = start('/bin/sleep', ['1000']);
    const calls = await loadDouble({ uid: 65_534 });
    const sender = openByToken(calls, child.pid);
    expect(sender.ok && sender.value.send('SIGTERM')).toEqual({ kind: 'not-permitted' });
    expect(child.signalCode).toBeNull();
  });

  it('is not prepared for a process that does not exist', async () => {
    expect(openByToken(await loadDouble(), 4_000_000)).toEqual({ ok: false, error: { kind: 'gone' } });
  });
});

const HOLD = `
import fcntl, sys
f = open(sys.argv[1], 'w')
print('open', flush=True)
for line in sys.stdin:
    fcntl.flock(f, fcntl.LOCK_EX if line.strip() == 'lock' else fcntl.LOCK_UN)
    print(line.strip(), flush=True)
`;

const able = linux && hasPython;

describe.skipIf(!able)(`a lock by F_GETLK${able ? '' : ` (skipped: ${NO_PYTHON ?? 'Linux only'})`}`, () => {
  function place(): string {
    const folder = mkdtempSync(join(tmpdir(), 'sexton-libproc-'));
    folders.push(folder);
    return join(folder, 'lock');
  }

  it('is held while a bot holds it, and free when the file is only open', async () => {
    const path = place();
    const calls = await loadDouble();
    expect(isLocked(calls, path)).toBe('free');
    const bot = start('python3', ['-c', HOLD, path]);
    let said = '';
    bot.stdout?.on('data', (chunk: Buffer) => {
      said += String(chunk);
    });
    await until(() => said === 'open\n', { what: 'the bot opening the file' });
    expect(isLocked(calls, path)).toBe('free');
    for (const [word, kind] of [
      ['lock', 'held'],
      ['unlock', 'free'],
      ['lock', 'held'],
    ] as const) {
      said = '';
      bot.stdin?.write(`${word}\n`);
      await until(() => said === `${word}\n`, { what: `the bot's ${word}` });
      expect(isLocked(calls, path)).toBe(kind);
    }
    const ended = once(bot, 'exit');
    bot.kill('SIGKILL');
    await ended;
    expect(isLocked(calls, path)).toBe('free');
  });

  it('is unknown when the path is not a file, or when the call fails', async () => {
    const path = place();
    expect(isLocked(await loadDouble(), tmpdir())).toBe('unknown');
    writeFileSync(path, '');
    const failing = await loadDouble({ fault: ({ name }, answer) => (name === 'fcntl' ? 45 : answer()) });
    expect(isLocked(failing, path)).toBe('unknown');
  });
});
