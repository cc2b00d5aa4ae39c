import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHandshakeLock, type HandshakeLock } from '../../../electron/engine/connect/handshake-lock.ts';
import { lockErrorSentence } from '../../../shared/words/lock.ts';
import { killActors, NO_PYTHON, pythonHolder, pythonTry, sextonTaker } from '../../support/flock/actors.ts';
import { thisPlatform } from '../../support/system.ts';
import { until } from '../../support/until.ts';

const platform = thisPlatform();
const look = platform.lockLook;

let folder: string;
let path: string;
let lock: HandshakeLock;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sexton-test-'));
  path = join(folder, 'connect.lock');
  lock = createHandshakeLock({ platform });
});
afterEach(async () => {
  await killActors();
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(NO_PYTHON)(`the handshake lock among Python bots${NO_PYTHON ? ` (skipped: ${NO_PYTHON})` : ''}`, () => {
  it('names in a timeout error the bot that holds it, the path and the time waited', async () => {
    const bot = pythonHolder(path);
    await bot.says('held');
    const result = await lock.acquire({ path, timeoutMs: 500 });
    if (result.ok) throw new Error('it was had');
    expect(result.error.holder).toMatchObject({ pid: bot.pid, name: 'bot.py' });
    expect(lockErrorSentence(result.error)).toBe(
      `The handshake lock ${path} was not free within 0.5 s; bot.py (${bot.pid}) holds it.`,
    );
  });

  it('is shown with its holder and its waiters, Python or Sexton, and as free after that', async () => {
    expect(await look(path)).toEqual({ kind: 'free', holders: [], waiters: [] });
    const bot = pythonHolder(path);
    await bot.says('held');
    const second = pythonHolder(path);
    const third = sextonTaker(path, { tool: process.platform === 'linux' ? '/usr/bin/setpriv' : '/usr/bin/perl' });
    const state = await until(
      async () => {
        const seen = await lock.observe(path);
        return seen.waiters.length === 2 ? seen : null;
      },
      { everyMs: 200 },
    );
    expect(state).toMatchObject({ kind: 'held', holder: { pid: bot.pid } });
    expect(state.waiters.map(({ pid }) => pid).toSorted()).toEqual([second.pid, third.pid].toSorted());
    await Promise.all([bot.kill(), second.kill(), third.kill()]);
    await until(async () => (await lock.observe(path)).kind === 'free', { everyMs: 200 });
  });

  it('is shown with its holder when the helper that took it has ended', async () => {
    const bot = pythonHolder(path);
    await bot.says('held');
    const waiting = lock.acquire({ path, timeoutMs: 10_000 });
    await until(async () => (await look(path)).waiters.length > 0);
    bot.proceed();
    const held = await waiting;
    if (!held.ok) throw new Error(held.error.code);
    expect(await look(path)).toMatchObject({ kind: 'held', holders: [process.pid], waiters: [] });
    const state = await lock.observe(path);
    expect(state).toMatchObject({ kind: 'held', holder: { pid: process.pid } });
    expect(state.inherited).toBeUndefined();
    await held.value.release();
    expect(await look(path)).toEqual({ kind: 'free', holders: [], waiters: [] });
  });

  it('is never taken in order to read its state', async () => {
    writeFileSync(path, '');
    const looks = Array.from({ length: 20 }, () => look(path));
    for (let attempt = 0; attempt < 5; attempt++) expect(pythonTry(path)).toBe('locked');
    await Promise.all(looks);
  });
});

describe('the state of a handshake lock', () => {
  it('is free when the file is missing', async () => {
    expect(await look(path)).toEqual({ kind: 'free', holders: [], waiters: [] });
  });

  it('is unknown when the file cannot be reached', async () => {
    writeFileSync(path, '');
    expect(await look(join(path, 'below'))).toEqual({ kind: 'unknown', holders: [], waiters: [] });
  });
});
