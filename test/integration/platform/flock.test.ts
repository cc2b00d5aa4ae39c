import { execFile, execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DARWIN_FLOCK } from '../../../electron/engine/platform/darwin/flock.ts';
import { LINUX_FLOCK } from '../../../electron/engine/platform/linux/flock.ts';
import {
  createFlock,
  createSystemFlock,
  type Flock,
  type HeldFile,
} from '../../../electron/engine/platform/lock/flock.ts';
import {
  chooseBackend,
  createKoffiBackend,
  createToolBackend,
  type FlockBackend,
  selfTest,
} from '../../../electron/engine/platform/lock/flock-backend.ts';
import { type FlockTool, isLockWaiter } from '../../../electron/engine/platform/lock/flock-tools.ts';
import type { Result } from '../../../shared/result.ts';
import {
  killActors,
  NO_PYTHON,
  pythonHolder,
  pythonTry,
  pythonTurns,
  sextonTaker,
} from '../../support/flock/actors.ts';
import { FLOCK_WAYS } from '../../support/system.ts';
import { until } from '../../support/until.ts';

const system = process.platform === 'darwin' ? 'darwin' : 'linux';
const waitTool = (file: string): FlockTool[] => FLOCK_WAYS.waitTools.filter((tool) => tool.file === file);
const SETPRIV = '/usr/bin/setpriv';
const PERL = '/usr/bin/perl';

/** Every pair of back-end and waiting tool that this machine has the programs for. */
const PAIRS: { backend: 'koffi' | 'flock' | 'perl'; tool: string }[] = (
  [
    { backend: 'koffi', tool: SETPRIV },
    { backend: 'koffi', tool: PERL },
    { backend: 'flock', tool: SETPRIV },
    { backend: 'perl', tool: PERL },
  ] as const
).filter(
  ({ tool, backend }) => waitTool(tool).length > 0 && existsSync(tool) && (backend !== 'flock' || system === 'linux'),
);

const makeBackend = async (name: 'koffi' | 'flock' | 'perl'): Promise<FlockBackend> =>
  name === 'koffi' ? createKoffiBackend() : createToolBackend(name);

const value = <Value>(result: Result<Value, { code: string; detail: string }>): Value => {
  if (!result.ok) throw new Error(`${result.error.code} ${result.error.detail}`);
  return result.value;
};

let folder: string;
let path: string;
let mine: HeldFile[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sexton-test-'));
  chmodSync(folder, 0o755);
  path = join(folder, 'connect.lock');
});
afterEach(async () => {
  await Promise.all(mine.map((held) => held.release()));
  mine = [];
  await killActors();
  rmSync(folder, { recursive: true, force: true });
});

const take = async (flock: Flock, timeoutMs: number): Promise<HeldFile> => {
  const held = value(await flock.lock({ path, timeoutMs }));
  mine.push(held);
  return held;
};

async function processes(): Promise<{ pid: number; ppid: number; corpse: boolean; args: string[] }[]> {
  const { stdout } = await promisify(execFile)('ps', ['-ww', '-Ao', 'pid=,ppid=,stat=,args=']);
  return stdout.split('\n').map((row) => {
    const [pid, ppid, stat = '', ...args] = row.trim().split(/\s+/);
    return { pid: Number(pid), ppid: Number(ppid), corpse: stat.startsWith('Z'), args };
  });
}

/** Pids of the waiting helpers on this machine whose parent is `parent`. */
async function helpersOf(parent: number): Promise<number[]> {
  return (await processes())
    .filter(({ ppid, args }) => ppid === parent && (isLockWaiter(args) || args[0] === SETPRIV))
    .map(({ pid }) => pid);
}

const waits = async () => (await helpersOf(process.pid)).length > 0;

/** Helpers of `parent` that stand in the kernel's queue, with the watchers they brought along; `null` while there are none. */
async function waitersWithWatchers(parent: number): Promise<number[] | null> {
  const waiters = (await helpersOf(parent)).filter(isWaiting);
  if (waiters.length === 0) return null;
  return [...waiters, ...(await Promise.all(waiters.map(helpersOf))).flat()];
}

async function areGone(pids: readonly number[]): Promise<boolean> {
  return !(await processes()).some(({ pid, corpse }) => pids.includes(pid) && !corpse);
}

describe.skipIf(NO_PYTHON)(`a lock shared with Python bots${NO_PYTHON ? ` (skipped: ${NO_PYTHON})` : ''}`, () => {
  describe.each(PAIRS)('through $backend, waiting with $tool', ({ backend: name, tool }) => {
    let flock: Flock;
    beforeEach(async () => {
      flock = createFlock({ backend: await makeBackend(name), waitTools: waitTool(tool) });
    });

    it('keeps a bot out while Sexton holds it, and lets it in after the release', async () => {
      const held = await take(flock, 0);
      expect(pythonTry(path)).toBe('busy');
      await held.release();
      expect(pythonTry(path)).toBe('locked');
    });

    it('is refused at once with a timeout of 0 while a bot holds it', async () => {
      await pythonHolder(path).says('held');
      const result = await flock.lock({ path, timeoutMs: 0 });
      expect(result).toMatchObject({ ok: false, error: { code: 'timeout' } });
    });

    it('gives up at the deadline, not sooner, and leaves no helper', async () => {
      await pythonHolder(path).says('held');
      const started = performance.now();
      let over = false;
      const waiting = flock.lock({ path, timeoutMs: 700 }).finally(() => {
        over = true;
      });
      const helpers = await until(async () => (await waitersWithWatchers(process.pid)) ?? (over ? [] : null));
      const result = await waiting;
      expect(result).toMatchObject({ ok: false, error: { code: 'timeout' } });
      // A timer may fire a little early by this clock.
      expect(performance.now() - started).toBeGreaterThan(700 - 5);
      await until(() => areGone(helpers), { what: 'the end of the helpers' });
    });

    it("passes from a bot to Sexton through the kernel's queue, and then excludes bots", async () => {
      const bot = pythonHolder(path);
      await bot.says('held');
      const waiting = take(flock, 30_000);
      await until(() => waitersWithWatchers(process.pid), { what: "a place in the kernel's queue" });
      bot.proceed();
      await waiting;
      expect(pythonTry(path)).toBe('busy');
    });

    it("passes from Sexton to a bot that is in the kernel's queue", async () => {
      const held = await take(flock, 0);
      const bot = pythonHolder(path);
      await until(() => isWaiting(bot.pid), { what: "the bot in the kernel's queue" });
      await held.release();
      await bot.says('held');
    });

    it('passes to Sexton when the bot that holds it is killed', async () => {
      const bot = pythonHolder(path);
      await bot.says('held');
      const waiting = take(flock, 30_000);
      await until(() => waitersWithWatchers(process.pid), { what: "a place in the kernel's queue" });
      await bot.kill();
      await waiting;
      expect(pythonTry(path)).toBe('busy');
    });

    it('leaves no helper in the queue when the waiting process is killed with SIGKILL', async () => {
      const bot = pythonHolder(path);
      await bot.says('held');
      const waiter = sextonTaker(path, { backend: name, tool });
      await waiter.says('ready');
      const helpers = await until(() => waitersWithWatchers(waiter.pid));
      await waiter.kill();
      await until(() => areGone(helpers), { what: 'the end of the helpers' });
      bot.proceed();
      await bot.says('released');
      expect(pythonTry(path)).toBe('locked');
    });

    it('is free again when the process that holds it is killed', async () => {
      const holder = sextonTaker(path, { backend: name, tool });
      await holder.says('held');
      expect(pythonTry(path)).toBe('busy');
      await holder.kill();
      expect(pythonTry(path)).toBe('locked');
    });

    it('is obtained every time, 20 in a row, while two bots take turns without a pause', async () => {
      const bots = [pythonTurns(path, 0.05), pythonTurns(path, 0.05)];
      for (const bot of bots) await bot.says('held');
      for (let turn = 0; turn < 20; turn++) {
        const held = value(await flock.lock({ path, timeoutMs: 30_000 }));
        await held.release();
      }
      const turns = bots.map((bot) => bot.lines().length);
      expect(Math.min(...turns)).toBeGreaterThan(1);
    });

    it('is taken on the new file when the lock file is replaced while Sexton waits', async () => {
      const bot = pythonHolder(path);
      await bot.says('held');
      const waiting = take(flock, 30_000);
      await until(waits);
      writeFileSync(join(folder, 'new'), '');
      renameSync(join(folder, 'new'), path);
      await waiting;
      expect(pythonTry(path)).toBe('busy');
    });

    it('is taken on a new file when the lock file is removed while Sexton waits', async () => {
      await pythonHolder(path).says('held');
      const waiting = take(flock, 30_000);
      await until(waits);
      rmSync(path);
      await waiting;
      expect(pythonTry(path)).toBe('busy');
    });

    it('is no longer waited for, and leaves no helper, after an abort', async () => {
      await pythonHolder(path).says('held');
      const controller = new AbortController();
      const waiting = flock.lock({ path, timeoutMs: 10_000, signal: controller.signal });
      await until(waits);
      controller.abort();
      expect(await waiting).toMatchObject({ ok: false, error: { code: 'aborted' } });
      expect(await helpersOf(process.pid)).toEqual([]);
    });
  });

  it('is obtained by polling where no tool can wait', async () => {
    const bot = pythonHolder(path);
    await bot.says('held');
    const broken = { file: '/nonexistent/flock', args: [] };
    const flock = createFlock({
      backend: await createKoffiBackend(),
      waitTools: [broken, { file: '/bin/false', args: [] }],
    });
    const waiting = take(flock, 30_000);
    bot.proceed();
    await waiting;
    expect(pythonTry(path)).toBe('busy');
  });

  it('is still waited for when the helper is killed', async () => {
    const bot = pythonHolder(path);
    await bot.says('held');
    const flock = createFlock({ backend: await createKoffiBackend(), waitTools: FLOCK_WAYS.waitTools });
    const waiting = take(flock, 30_000);
    const [first = 0] = await until(() => waitersWithWatchers(process.pid));
    process.kill(first, 'SIGKILL');
    await until(async () => (await helpersOf(process.pid)).some((pid) => pid !== first));
    bot.proceed();
    await waiting;
    expect(pythonTry(path)).toBe('busy');
  });
});

describe('the file of a lock', () => {
  const flock = createSystemFlock(FLOCK_WAYS);

  it('is created readable and writable for everybody, whatever the umask', async () => {
    const taker = sextonTaker(path);
    await taker.says('held');
    expect(statSync(path).mode & 0o777).toBe(0o666);
    expect(statSync(path).size).toBe(0);
  });

  it('keeps its content and its timestamps when it is locked and released', async () => {
    writeFileSync(path, 'somebody has this open');
    const before = statSync(path);
    const held = await take(flock, 0);
    await held.release();
    expect(readFileSync(path, 'utf8')).toBe('somebody has this open');
    const after = statSync(path);
    expect([after.ino, after.mtimeMs, after.ctimeMs]).toEqual([before.ino, before.mtimeMs, before.ctimeMs]);
  });

  it('is not removed when it is released', async () => {
    const held = await take(flock, 0);
    await held.release();
    await held.release();
    expect(existsSync(path)).toBe(true);
  });

  it('is never reached through a symbolic link', async () => {
    writeFileSync(join(folder, 'victim'), 'precious');
    symlinkSync(join(folder, 'victim'), path);
    expect(await flock.lock({ path, timeoutMs: 0 })).toMatchObject({ ok: false, error: { code: 'symlink' } });
    symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling'));
    expect(await flock.lock({ path: join(folder, 'dangling'), timeoutMs: 0 })).toMatchObject({
      ok: false,
      error: { code: 'symlink' },
    });
    expect(existsSync(join(folder, 'nowhere'))).toBe(false);
  });

  it('is refused when it is a FIFO, without blocking in open', async () => {
    execFileSync('mkfifo', [path]);
    expect(await flock.lock({ path, timeoutMs: 5_000 })).toMatchObject({ ok: false, error: { code: 'not-a-file' } });
  });

  it('is refused when it is a directory', async () => {
    mkdirSync(path);
    expect(await flock.lock({ path, timeoutMs: 0 })).toMatchObject({ ok: false, error: { code: 'not-a-file' } });
  });

  it('cannot be created where its folder is missing', async () => {
    const nowhere = join(folder, 'no', 'such', 'folder', 'lock');
    expect(await flock.lock({ path: nowhere, timeoutMs: 0 })).toMatchObject({
      ok: false,
      error: { code: 'no-folder' },
    });
    writeFileSync(path, '');
    expect(await flock.lock({ path: join(path, 'lock'), timeoutMs: 0 })).toMatchObject({
      ok: false,
      error: { code: 'no-folder' },
    });
  });

  it('can be locked when it is read-only', async () => {
    writeFileSync(path, '');
    chmodSync(path, 0o444);
    await take(flock, 0);
  });

  const isRoot = process.getuid?.() === 0 && existsSync(SETPRIV);
  const asNobody = [SETPRIV, '--reuid=65534', '--regid=65534', '--clear-groups', '--'];

  it.skipIf(!isRoot)("can be another user's if it is readable (needs root)", async () => {
    writeFileSync(path, '');
    chmodSync(path, 0o644);
    const taker = sextonTaker(path, { prefix: asNobody });
    await taker.says('held');
    await taker.kill();
    chmodSync(path, 0o600);
    await sextonTaker(path, { prefix: asNobody }).says('not-permitted');
  });

  it.skipIf(!isRoot)('cannot be created in a folder without write permission (needs root)', async () => {
    await sextonTaker(path, { prefix: asNobody }).says('not-permitted');
    expect(existsSync(path)).toBe(false);
  });
});

describe('the choice of a back-end', () => {
  it('settles on a back-end that proved itself', async () => {
    const { backend } = await chooseBackend(FLOCK_WAYS);
    expect(backend).not.toBeNull();
  });

  it('accepts every back-end this machine has the programs for', async () => {
    for (const { backend: name } of PAIRS) expect(await selfTest(await makeBackend(name), FLOCK_WAYS.doubt)).toBeNull();
  });

  it('rejects one whose locks do not exclude', async () => {
    const always: FlockBackend = { name: 'koffi', tryLock: async () => ({ kind: 'locked' }) };
    expect(await selfTest(always, DARWIN_FLOCK.doubt)).toContain('not refused');
    if (process.platform === 'linux') expect(await selfTest(always, LINUX_FLOCK.doubt)).toContain('FLOCK');
  });

  it('rejects one that cannot lock at all', async () => {
    const never: FlockBackend = { name: 'perl', tryLock: async () => ({ kind: 'busy' }) };
    expect(await selfTest(never, FLOCK_WAYS.doubt)).toContain('could not be locked');
  });
});

/**
 * Is the process in the kernel's queue for a flock? In a container `/proc/locks` leaves out a lock, and all who wait for it, when the
 * process that took it has ended (a flock(1) that locked an inherited descriptor, say): there the function it sleeps in tells.
 */
function isWaiting(pid: number): boolean {
  if (system === 'darwin') return true;
  try {
    if (/lock_(inode|file)_wait/.test(readFileSync(`/proc/${pid}/wchan`, 'utf8'))) return true;
    const rows = readFileSync('/proc/locks', 'utf8').split('\n');
    return rows.some((row) => row.includes('->') && row.includes(` ${pid} `));
  } catch {
    return false;
  }
}
