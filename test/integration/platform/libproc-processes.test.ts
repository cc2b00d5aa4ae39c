import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import type { LibprocProcesses } from '../../../electron/engine/platform/darwin/libproc/processes.ts';
import { createLibprocProcesses } from '../../../electron/engine/platform/darwin/libproc/processes.ts';
import { createLinuxProcesses } from '../../../electron/engine/platform/linux/processes.ts';
import type { ProcessRecord } from '../../../electron/engine/platform/types.ts';
import { faults } from '../../support/mac/libproc/faults.ts';
import type { Outcome } from '../../support/mac/libproc/kernel.ts';
import type { DoubleOptions, Fault } from '../../support/mac/libproc/koffi-double.ts';
import { loadDouble, must } from '../../support/mac/libproc/load.ts';
import { hasPython } from '../../support/simulator/python.ts';
import { until } from '../../support/until.ts';

const linux = process.platform === 'linux';
const root = process.geteuid?.() === 0;
const SELF = { pid: process.pid, uid: process.geteuid?.() ?? -1 };
/** A user with no process here. */
const NOBODY = 65_534;

const children: ChildProcess[] = [];
const folders: string[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function libproc(options: DoubleOptions = {}, self = SELF): Promise<LibprocProcesses> {
  return createLibprocProcesses(await loadDouble(options), self);
}

function start(command: string, args: string[], options: SpawnOptions = {}): number {
  const child = spawn(command, args, { stdio: 'ignore', ...options });
  children.push(child);
  if (child.pid === undefined) throw new Error(`${command} did not start`);
  return child.pid;
}

/** Once it has become the program that is meant. */
async function become(pid: number, program: string): Promise<ProcessRecord> {
  const { one } = await libproc();
  return until(() => (one(pid)?.executable?.includes(program) ? one(pid) : null), { what: `${pid} being ${program}` });
}

function comparable({ startToken: _, startedAt, ...record }: ProcessRecord) {
  // Hundredths of seconds are not exact as floating-point numbers.
  return { ...record, startedAt: Math.round(Date.parse(startedAt) / 10) };
}

function put(data: Buffer, number: number, offset: number): Buffer {
  data.writeInt32LE(number, offset);
  return data;
}

describe.skipIf(!linux)('processes by libproc', () => {
  it('match /proc: every process with its parent, user, start, program, arguments and session', async () => {
    start('/bin/sleep', ['1000']);
    start('/bin/sleep', ['1000'], { detached: true });
    const proc = createLinuxProcesses();
    const before = must(await proc.all());
    const seen = must(await (await libproc()).all());
    const after = must(await proc.all());
    // Linux's kernel threads, which have no arguments, change their names at any time.
    const stable = [...before.values()].filter(
      (record) => record.args.length > 0 && isDeepStrictEqual(after.get(record.pid), record),
    );
    expect(stable.length).toBeGreaterThan(3);
    for (const record of stable) {
      const same = seen.get(record.pid);
      const executable = record.executable !== null && existsSync(record.executable) ? record.executable : null;
      // Where Linux refuses the program of a process, the double cannot lay out its arguments behind the path.
      const readable = record.executable !== null && (root || record.uid === SELF.uid);
      const args = readable ? record.args : [];
      expect(same && comparable(same)).toEqual(comparable({ ...record, executable, args }));
    }
  });

  it('have separate, redacted arguments that keep blanks and empty ones', async () => {
    const script = 'setInterval(() => {}, 1000)';
    const args = ['-e', script, 'my bot.py', '', '--password', 'hunter 2', 'josé'];
    const record = await become(start(process.execPath, args), 'node');
    expect(record.args).toEqual([process.execPath, '-e', script, 'my bot.py', '', '--password', '[redacted]', 'josé']);
  });

  it('are identified by their program’s file, whatever they call themselves', async () => {
    const record = await become(start('/bin/sleep', ['1000'], { argv0: 'python3' }), 'sleep');
    expect(record).toMatchObject({ args: ['python3', '1000'], sessionLeader: false, corpse: false });
    expect(record.executable).toMatch(/^\/.*sleep$|coreutils$/);
  });

  it('keep their start token when they become another program, and lose it with their pid', async () => {
    const pid = start('/bin/sh', ['-c', 'read line; exec sleep 1000'], { stdio: ['pipe', 'ignore', 'ignore'] });
    const shell = await become(pid, 'sh');
    children.at(-1)?.stdin?.end('\n');
    const sleeper = await become(pid, 'sleep');
    expect(sleeper.startToken).toBe(shell.startToken);
    const other = await become(start('/bin/sleep', ['1000']), 'sleep');
    expect(other.startToken).not.toBe(shell.startToken);
  });

  it.skipIf(!hasPython)('are reported as ended until their parent has reaped them, and gone after that', async () => {
    const script =
      'import subprocess as s; c = s.Popen(["/bin/true"]); print(c.pid, flush=True); input(); c.wait(); input()';
    const parent = spawn('python3', ['-c', script], { stdio: ['pipe', 'pipe', 'ignore'] });
    children.push(parent);
    let text = '';
    parent.stdout.on('data', (chunk: Buffer) => {
      text += String(chunk);
    });
    await until(() => text.includes('\n'), { what: 'the child’s pid' });
    const { one } = await libproc();
    const corpse = await until(() => (one(Number(text))?.corpse ? one(Number(text)) : null), { what: 'a corpse' });
    expect(corpse).toMatchObject({ ppid: parent.pid, executable: null, args: [] });
    parent.stdin.write('\n');
    await until(() => one(Number(text)) === null, { what: 'its end' });
  });

  it('have no program when its file was deleted', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sexton-libproc-'));
    folders.push(folder);
    copyFileSync('/bin/sleep', join(folder, 'python3'));
    const pid = start(join(folder, 'python3'), ['1000']);
    await become(pid, 'python3');
    rmSync(join(folder, 'python3'));
    expect((await libproc()).one(pid)?.executable).toBeNull();
  });

  it.skipIf(!root)('of other users have start, session and program, but no arguments', async () => {
    const pid = start('/bin/sleep', ['1000'], { detached: true });
    const own = await become(pid, 'sleep');
    const mine = start('/bin/sleep', ['7'], { uid: NOBODY });
    await become(mine, 'sleep');
    const nobody = await libproc({ uid: NOBODY }, { pid: mine, uid: NOBODY });
    const table = must(await nobody.all());
    expect(table.get(pid)).toEqual({ ...own, args: [] });
    expect(own.sessionLeader).toBe(true);
    expect(table.get(mine)?.args).toEqual(['/bin/sleep', '7']);
    expect(must(await nobody.of([pid])).get(pid)).toEqual({ ...own, args: [] });
  });

  it.skipIf(!root)('are read completely when the list grows between the two calls', async () => {
    const pids = Array.from({ length: 8 }, () => start('/bin/sleep', ['1000']));
    const mine = start('/bin/sleep', ['1000'], { uid: NOBODY });
    await become(mine, 'sleep');
    // As another user, so that the kernel's process table is needed for the others.
    const growing = await libproc({ uid: NOBODY, fault: faults.growingLists }, { pid: mine, uid: NOBODY });
    const table = must(await growing.all());
    for (const pid of [...pids, mine]) expect(table.get(pid)).toMatchObject({ pid, ppid: process.pid });
  });

  it('are left out when they end after they were listed', async () => {
    const pid = start('/bin/sleep', ['1000']);
    await become(pid, 'sleep');
    const table = must(await (await libproc({ fault: faults.vanishing })).all());
    expect([...table.keys()].filter((one) => one % 3 === 0 && one !== process.pid)).toEqual([]);
    expect(table.has(process.pid)).toBe(true);
  });

  it('are not read at all when a struct has another size', async () => {
    const odd = await libproc({ fault: faults.grownProcesses });
    expect(await odd.all()).toMatchObject({ ok: false, error: { code: 'output-unreadable', tool: 'libproc' } });
    expect(await odd.of([process.pid])).toMatchObject({ ok: false });
    expect(() => odd.one(process.pid)).toThrow(/144 bytes and not 136|64 bytes/);
  });

  const pidinfo =
    (flavor: number, change: (data: Buffer) => Outcome): Fault =>
    (call, answer) => {
      const outcome = answer();
      const meant = call.name === 'proc_pidinfo' && call.args[1] === flavor && typeof outcome !== 'number';
      return meant ? change(outcome) : outcome;
    };
  const instead =
    (name: string, outcome: Outcome, node?: number): Fault =>
    (call, answer) =>
      call.name === name && (node === undefined || (call.args[0] as number[])[1] === node) ? outcome : answer();
  let turn = 0;

  it.each<[string, Fault]>([
    ['the answer is about another process', pidinfo(13, (data) => put(data, data.readInt32LE(0) + 1, 0))],
    ['a process has no unique id', pidinfo(17, (data) => data.fill(0, 16, 24))],
    ['a pid passes from process to process', pidinfo(17, (data) => put(data, ++turn, 16))],
    ['a process may not be looked at', pidinfo(13, () => 1)],
    ['a call fails for no known reason', pidinfo(3, () => 99)],
    ['the path is none', instead('proc_pidpath', Buffer.from('python3'))],
    ['the path has no end', instead('proc_pidpath', Buffer.alloc(4096, '/'))],
    ['the list of pids ends within one', instead('proc_listpids', Buffer.alloc(6))],
    ['there are no pids', instead('proc_listpids', 1)],
    ['the kernel’s process table ends within a row', instead('sysctl', Buffer.alloc(700), 14)],
    ['its own arguments cannot be read', instead('sysctl', Buffer.alloc(3), 49)],
    ['the arguments fill the whole buffer', instead('sysctl', Buffer.alloc(1024 * 1024), 49)],
    ['nobody knows how long arguments may be', instead('sysctl', 2, 8)],
  ])('are not used at all when %s', async (_, fault) => {
    const answer = await (await libproc({ fault })).all();
    expect(answer).toMatchObject({ ok: false, error: { code: 'output-unreadable', tool: 'libproc' } });
  });

  it('have an unknown program while they keep becoming another one', async () => {
    const { one } = await libproc({ fault: pidinfo(17, (data) => put(data, ++turn, 32)) });
    const pid = start('/bin/sleep', ['1000']);
    const { startToken } = await become(pid, 'sleep');
    expect(one(pid)).toMatchObject({ pid, startToken, executable: null, args: [] });
  });

  it('have no arguments when they overwrote them, which is not an error of libproc', async () => {
    const pid = start('/bin/sleep', ['1000']);
    await become(pid, 'sleep');
    const scribbled = await libproc({
      fault: ({ name, args }, answer) => {
        const [numbers] = args as [number[]];
        return name === 'sysctl' && numbers[1] === 49 && numbers[2] === pid ? Buffer.alloc(100, 7) : answer();
      },
    });
    expect(must(await scribbled.all()).get(pid)).toMatchObject({ args: [] });
    expect(must(await scribbled.withVariable('A', '1'))).not.toContain(pid);
  });

  it('are not read at all when the asking process is not among them', async () => {
    const blind = await libproc({}, { pid: 4_000_000, uid: SELF.uid });
    expect(await blind.all()).toMatchObject({ ok: false });
    const mistaken = await libproc({}, { pid: process.pid, uid: SELF.uid + 1 });
    expect(await mistaken.all()).toMatchObject({ ok: false });
  });

  it('are absent, without an error, when no process has these pids', async () => {
    const { of, one } = await libproc();
    expect(must(await of([4_000_000, 0, -1, 1.5])).size).toBe(0);
    expect(one(4_000_000)).toBeNull();
    expect(one(-1)).toBeNull();
  });

  it('are found by a variable of their environment, unless macOS hides it', async () => {
    const mark = randomUUID();
    const pid = start('/bin/sleep', ['1000'], { env: { SEXTON_GUARD_ID: mark, SECRET: 'x' } });
    await become(pid, 'sleep');
    expect(must(await (await libproc()).withVariable('SEXTON_GUARD_ID', mark))).toEqual([pid]);
    expect(must(await (await libproc()).withVariable('SEXTON_GUARD_ID', mark.slice(1)))).toEqual([]);
    const hidden = await libproc({ restricted: (path) => /sleep|coreutils/.test(path) });
    expect(must(await hidden.withVariable('SEXTON_GUARD_ID', mark))).toEqual([]);
    expect(hidden.one(pid)?.args).toEqual(['/bin/sleep', '1000']);
  });
});
