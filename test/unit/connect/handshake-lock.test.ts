import { describe, expect, it } from 'vitest';
import { createHandshakeLock } from '../../../electron/engine/connect/handshake-lock.ts';
import type { Flock } from '../../../electron/engine/platform/lock/flock.ts';
import { WAIT_TOOLS } from '../../../electron/engine/platform/lock/flock-tools.ts';
import type { LockSighting } from '../../../electron/engine/platform/lock/sighting.ts';
import type { Platform, ProcessRecord } from '../../../electron/engine/platform/types.ts';
import { breakerRefusalSentence } from '../../../electron/terminal/commands/guard/words.ts';
import { breakerProblemSentence } from '../../../electron/terminal/views/protection.ts';
import { failure, success } from '../../../shared/result.ts';
import { lockErrorSentence } from '../../../shared/words/lock.ts';

const PATH = '/tmp/ibkr_connect.lock';

const record = (pid: number, over: Partial<ProcessRecord> = {}): ProcessRecord => ({
  pid,
  ppid: 1,
  uid: 501,
  startedAt: '2026-01-05T09:00:00.000Z',
  startToken: `${pid}`,
  name: 'python3',
  executable: '/usr/bin/python3',
  args: ['python3', `/bots/runner_${pid}.py`],
  sessionLeader: false,
  corpse: false,
  ...over,
});

function stage(processes: ProcessRecord[]) {
  const time = { wall: Date.parse('2026-01-05T10:00:00Z'), clock: 0 };
  const sighting: LockSighting = { kind: 'free', holders: [], waiters: [] };
  let looks = 0;
  let lockResult: Awaited<ReturnType<Flock['lock']>> = failure({ code: 'timeout', detail: '' });
  const platform = {
    readProcessesOf: async (pids) =>
      success(new Map(processes.filter(({ pid }) => pids.includes(pid)).map((process) => [process.pid, process]))),
    flock: { lock: async () => lockResult, prove: async () => ({ backend: null, rejected: [] }) },
    lockLook: async () => {
      looks += 1;
      return structuredClone(sighting);
    },
  } satisfies Pick<Platform, 'readProcessesOf' | 'flock' | 'lockLook'>;
  const lock = createHandshakeLock({
    platform,
    now: () => new Date(time.wall),
    clock: () => time.clock,
  });
  return {
    lock,
    sighting,
    looks: () => looks,
    answer: (result: Awaited<ReturnType<Flock['lock']>>) => {
      lockResult = result;
    },
    pass: (ms: number) => {
      time.wall += ms;
      time.clock += ms;
    },
  };
}

describe('observing the handshake lock', () => {
  it('remembers since when the same process holds it, even through a failed read', async () => {
    const { lock, sighting, pass } = stage([record(7)]);
    Object.assign(sighting, { kind: 'held', holders: [7] });
    const first = await lock.observe(PATH);
    expect(first).toMatchObject({
      kind: 'held',
      holder: { pid: 7, name: 'runner_7.py' },
      since: '2026-01-05T10:00:00.000Z',
    });
    pass(1_000);
    Object.assign(sighting, { kind: 'unknown', holders: [] });
    expect(await lock.observe(PATH)).toMatchObject({ kind: 'unknown', holder: null, since: null });
    pass(1_000);
    Object.assign(sighting, { kind: 'held', holders: [7] });
    expect(await lock.observe(PATH)).toEqual(first);
  });

  it('starts a new time when another process takes it, or when it was free in between', async () => {
    const { lock, sighting, pass } = stage([record(7), record(8)]);
    Object.assign(sighting, { kind: 'held', holders: [7] });
    await lock.observe(PATH);
    pass(2_000);
    Object.assign(sighting, { holders: [8] });
    expect((await lock.observe(PATH)).since).toBe('2026-01-05T10:00:02.000Z');
    pass(1_000);
    Object.assign(sighting, { kind: 'free', holders: [] });
    expect(await lock.observe(PATH)).toEqual({ kind: 'free', path: PATH, holder: null, since: null, waiters: [] });
    pass(1_000);
    Object.assign(sighting, { kind: 'held', holders: [8] });
    expect((await lock.observe(PATH)).since).toBe('2026-01-05T10:00:04.000Z');
  });

  it('reads it at most once a second', async () => {
    const { lock, looks, pass } = stage([]);
    await Promise.all([lock.observe(PATH), lock.observe(PATH)]);
    pass(999);
    await lock.observe(PATH);
    expect(looks()).toBe(1);
    pass(1);
    await lock.observe(PATH);
    expect(looks()).toBe(2);
  });

  it('reports it as held when the holder cannot be seen', async () => {
    const { lock, sighting } = stage([]);
    Object.assign(sighting, { kind: 'held', holders: [] });
    expect(await lock.observe(PATH)).toMatchObject({ kind: 'held', holder: null });
  });

  it('names the process that took it rather than its forks', async () => {
    const fork = record(5, { startedAt: '2026-01-05T09:30:00.000Z' });
    const { lock, sighting } = stage([fork, record(9)]);
    Object.assign(sighting, { kind: 'held', holders: [5, 9] });
    expect((await lock.observe(PATH)).holder?.pid).toBe(9);
  });

  it('tells a waiting helper as the process that it waits for', async () => {
    const helpers = Object.values(WAIT_TOOLS);
    for (const { file, args } of helpers) {
      const command = file.endsWith('setpriv') ? args.slice(args.indexOf('--') + 1) : [file, ...args];
      const helper = record(11, { ppid: 10, name: 'helper', executable: file, args: command });
      const { lock, sighting } = stage([helper, record(10)]);
      Object.assign(sighting, { kind: 'held', holders: [], waiters: [11, 10] });
      expect((await lock.observe(PATH)).waiters.map(({ pid }) => pid)).toEqual([10]);
    }
  });
});

describe('a lock whose taker is gone', () => {
  it.each([
    ['node /opt/sexton/out/cli/sexton.mjs guard -- python3 runner.py', undefined],
    ['node /usr/local/bin/sexton lock run -- true', undefined],
    ['python3 sexton_bot.py lock', true],
  ])('is an inherited one unless Sexton took it through its helper: %s', async (commandLine, inherited) => {
    const { lock, sighting } = stage([record(7, { args: commandLine.split(' ') })]);
    Object.assign(sighting, { kind: 'held', holders: [7], inherited: true });
    expect((await lock.observe(PATH)).inherited).toBe(inherited);
  });
});

describe('taking the handshake lock', () => {
  it('names path, seconds and holder when it takes too long', async () => {
    const { lock, sighting } = stage([record(7)]);
    Object.assign(sighting, { kind: 'held', holders: [7] });
    const result = await lock.acquire({ path: PATH, timeoutMs: 1_500 });
    if (result.ok) throw new Error('it was had');
    expect(lockErrorSentence(result.error)).toBe(
      'The handshake lock /tmp/ibkr_connect.lock was not free within 1.5 s; runner_7.py (7) holds it.',
    );
  });

  it('does not search for a holder when something else went wrong', async () => {
    const { lock, looks, answer } = stage([]);
    answer(failure({ code: 'symlink', detail: '' }));
    expect(await lock.acquire({ path: PATH, timeoutMs: 30_000 })).toMatchObject({
      ok: false,
      error: { code: 'symlink' },
    });
    expect(looks()).toBe(0);
  });
});

describe('the sentences about the lock', () => {
  it('exist for every reason and name the path', () => {
    const codes = [
      'timeout',
      'aborted',
      'symlink',
      'not-a-file',
      'no-folder',
      'not-permitted',
      'unavailable',
      'failed',
    ] as const;
    const sentences = codes.map((code) =>
      lockErrorSentence({ code, path: PATH, waitedMs: 30_000, holder: null, detail: 'EACCES' }),
    );
    expect(new Set(sentences).size).toBe(codes.length);
    for (const sentence of sentences) expect(sentence).toContain(PATH);
    expect(sentences[0]).toContain('30 s');
  });
});

describe('the sentences about the breaker', () => {
  it('give the time of the next try', () => {
    const now = new Date(2026, 0, 5, 10, 0, 0);
    const retryAt = new Date(now.getTime() + 59_400).toISOString();
    const breaker = { state: 'open', failures: 5, successes: 0, threshold: 5, changedAt: null, retryAt } as const;
    const sentence = (why: 'open' | 'held' | 'probing', reason: string | null) =>
      breakerRefusalSentence({ why, breaker: { ...breaker, reason } }, now);
    expect(sentence('open', 'port 4002: no answer')).toMatch(
      /^The circuit breaker is open after 5 failures in a row\. Next try at 10:00:59 \(in .*\)\. Reason: port 4002: no answer\.$/,
    );
    expect(sentence('held', 'by hand, in the terminal').match(/by hand/g)).toHaveLength(1);
    expect(sentence('held', null)).toContain('sexton breaker reset');
    expect(sentence('probing', null)).toContain('one attempt');
  });

  it('name the file in every problem', () => {
    for (const code of ['corrupt', 'not-read', 'not-saved', 'locked'] as const) {
      expect(breakerProblemSentence({ code, path: '/s/breaker.json', detail: 'EIO' })).toMatch(
        /\/s\/breaker\.json.*EIO/,
      );
    }
  });
});
