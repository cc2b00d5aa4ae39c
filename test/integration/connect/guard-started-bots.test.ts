import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GuardedBots, openGuardedBots } from '../../../electron/engine/connect/guard/started-bots.ts';
import { createMachine } from '../../../electron/engine/platform/machine.ts';
import type { Identity, ProcessTable } from '../../../electron/engine/platform/types.ts';
import { createFileMutex } from '../../../electron/engine/record/files/mutex.ts';

const machine = createMachine();
if (!machine.ok) throw new Error(machine.error.hint);
const { platform, flock } = machine.value;

describe('the record of bots that guards started', () => {
  let folder: string;
  const children: ChildProcess[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sexton-guarded-'));
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  const path = () => join(folder, 'guarded.json');
  async function table(): Promise<ProcessTable> {
    const processes = await platform.readProcesses();
    if (!processes.ok) throw new Error(processes.error.hint);
    return processes.value;
  }
  async function sleeper(): Promise<Pick<Identity, 'pid' | 'startToken'> & { child: ChildProcess }> {
    const child = spawn('/bin/sleep', ['60'], { stdio: 'ignore' });
    children.push(child);
    await once(child, 'spawn');
    const record = (await table()).get(child.pid ?? 0);
    return { pid: child.pid ?? 0, startToken: record?.startToken ?? '', child };
  }
  /** The record as the guard with this pid would keep it. */
  function openAs(pid: number): GuardedBots {
    const mutex = createFileMutex(flock, join(folder, 'guarded.lock'));
    return openGuardedBots({ path: path(), mutex, platform: { ...platform, self: { ...platform.self, pid } } });
  }

  it('returns the bots that still run after their guard has ended, and no others', async () => {
    const [guard, bot, dead, safe] = await Promise.all([sleeper(), sleeper(), sleeper(), sleeper()]);
    const lost = openAs(guard.pid);
    expect(await lost.note([bot, dead])).toBeNull();
    expect(await openAs(process.pid).note([safe])).toBeNull();
    expect(await openAs(process.pid).lost(await table())).toEqual([]);
    guard.child.kill('SIGKILL');
    dead.child.kill('SIGKILL');
    await Promise.all([once(guard.child, 'exit'), once(dead.child, 'exit')]);
    const found = await openAs(process.pid).lost(await table());
    expect(found).toEqual([{ pid: bot.pid, startToken: bot.startToken }]);
  });

  it('does not mistake a reused pid for a bot or a guard', async () => {
    const bot = await sleeper();
    const entry = (guardToken: string, botToken: string) => ({
      id: `${guardToken} ${botToken}`,
      guard: { pid: process.pid, startToken: guardToken },
      bots: [{ pid: bot.pid, startToken: botToken }],
    });
    const own = (await table()).get(process.pid)?.startToken ?? '';
    const guards = [entry('earlier', 'earlier'), entry(own, bot.startToken)];
    writeFileSync(path(), JSON.stringify({ version: 1, guards }));
    expect(await openAs(process.pid).lost(await table())).toEqual([]);
    writeFileSync(path(), JSON.stringify({ version: 1, guards: [entry('earlier', bot.startToken)] }));
    expect(await openAs(process.pid).lost(await table())).toHaveLength(1);
  });

  it('loses no entry when several guards write at once, and drops bots that have ended', async () => {
    const bots = await Promise.all([sleeper(), sleeper(), sleeper(), sleeper()]);
    await Promise.all(bots.map((bot) => openAs(process.pid).note([bot])));
    const stored = () => JSON.parse(readFileSync(path(), 'utf8')).guards as { bots: { pid: number }[] }[];
    const pids = () =>
      stored()
        .flatMap((entry) => entry.bots.map(({ pid }) => pid))
        .toSorted((a, b) => a - b);
    expect(pids()).toEqual(bots.map(({ pid }) => pid).toSorted((a, b) => a - b));
    const [first, ...others] = bots;
    first?.child.kill('SIGKILL');
    if (first) await once(first.child, 'exit');
    await openAs(process.pid).note([]);
    expect(pids()).toEqual(others.map(({ pid }) => pid).toSorted((a, b) => a - b));
  });

  it('moves a broken file aside and starts over', async () => {
    const bot = await sleeper();
    for (const junk of ['', '{"version":1', '{"version":1,"guards":[{"id":"x","guard":{"pid":-1},"bots":[]}]}']) {
      writeFileSync(path(), junk);
      const bots = openAs(process.pid);
      expect(await bots.lost(await table())).toEqual([]);
      expect(await bots.note([bot])).toBeNull();
      expect(JSON.parse(readFileSync(path(), 'utf8')).guards).toHaveLength(1);
    }
    expect(readdirSync(folder).some((name) => name.startsWith('guarded.json.broken-'))).toBe(true);
  });

  it('reports in a sentence that it cannot be written', async () => {
    const bots = openGuardedBots({
      path: join(folder, 'guarded.lock', 'guarded.json'),
      mutex: createFileMutex(flock, join(folder, 'guarded.lock')),
      platform,
    });
    expect(await bots.note([await sleeper()])).toMatch(/guarded\.json/);
  });
});
