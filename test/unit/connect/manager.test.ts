import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AttemptEnd, AttemptHooks, Claim } from '../../../electron/engine/connect/guard/attempt/run-attempt.ts';
import type { LeftZombies } from '../../../electron/engine/connect/guard/attempt/sessions.ts';
import { HOLD_AT_MOST_MS } from '../../../electron/engine/connect/guard/lock-turns.ts';
import { connect } from '../../../electron/engine/connect/guard/manager.ts';
import type { GuardNews } from '../../../electron/engine/connect/guard/news.ts';
import type { GuardOrder, Leftover, ManagerTools } from '../../../electron/engine/connect/guard/tools.ts';
import type { CommandEnd, StartedCommand } from '../../../electron/engine/platform/run/child.ts';
import type { JournalEntry } from '../../../electron/engine/record/journal/entries.ts';
import type { LockError } from '../../../shared/lock.ts';
import { failure, success } from '../../../shared/result.ts';
import type { BreakerState } from '../../../shared/snapshot.ts';
import type { AttemptFailure, FailureKind } from '../../../shared/words/attempt.ts';

const LOCK = '/tmp/ibkr_connect.lock';
const ORDER: GuardOrder = {
  bot: 'runner.py',
  ports: [4002],
  retries: 4,
  timeoutMs: 60_000,
  lock: true,
  lockTimeoutMs: 30_000,
};
const CLOSED: BreakerState = {
  state: 'closed',
  failures: 1,
  successes: 0,
  threshold: 5,
  changedAt: null,
  retryAt: null,
  reason: null,
};
const OPEN: BreakerState = { ...CLOSED, state: 'open', failures: 5, retryAt: '2025-12-06T14:03:00.000Z' };

const exited = (code: number): CommandEnd => ({ kind: 'exited', code });
const command = (end: CommandEnd = exited(0)): StartedCommand => ({
  pid: 4312,
  ended: Promise.resolve(end),
  signal: () => true,
});
const why = (kind: FailureKind = 'unanswered'): AttemptFailure => ({ kind, port: 4002, own: true, times: 1 });
const failed = (code: number, kind: FailureKind = 'unanswered'): AttemptEnd => ({
  kind: 'ended',
  end: exited(code),
  verdict: { kind: 'failed', why: why(kind) },
});
const running = (end: CommandEnd, claim: Claim = { kind: 'proven', port: 4002 }): AttemptEnd => ({
  kind: 'running',
  claim,
  command: command(end),
});
const lockError = (code: LockError['code']): LockError => ({
  code,
  path: LOCK,
  waitedMs: 30_000,
  holder: null,
  detail: '',
});

/** A manager's surroundings that write down what happens, in order. */
function surroundings(attempts: (AttemptEnd | ((hooks: AttemptHooks) => Promise<AttemptEnd> | AttemptEnd))[]) {
  const steps: string[] = [];
  const news: GuardNews[] = [];
  const entries: JournalEntry[] = [];
  const stopping = new AbortController();
  const world = {
    breaker: CLOSED,
    admits: true,
    lock: null as LockError | null,
    leftover: { stopped: [], blocking: [], spared: [] } as Leftover,
    patience: [] as number[],
    stoppedBySexton: false,
    leftAloneFor: null as string | null,
    left: { gateway: 0, client: 0 } as LeftZombies | null,
  };
  const note = async (step: string): Promise<BreakerState> => {
    steps.push(step);
    return world.breaker;
  };
  const tools: ManagerTools = {
    breaker: {
      admit: async () =>
        world.admits
          ? {
              allowed: true,
              probe: false,
              succeeded: () => note('success'),
              failed: () => note('failure'),
              gone: () => note('gone'),
            }
          : { allowed: false, why: 'open', retryInMs: 1_000, breaker: world.breaker },
    },
    acquireLock: async () => {
      if (world.lock !== null) return failure(world.lock);
      steps.push('lock');
      return success({ path: LOCK, since: '', release: async () => void steps.push('unlock') });
    },
    clean: async () => {
      steps.push('clean');
      return { kind: 'nothing' };
    },
    attempt: async (hooks) => {
      steps.push('attempt');
      const next = attempts.shift() ?? failed(1);
      return typeof next === 'function' ? next(hooks) : next;
    },
    whyNotStop: async () => world.leftAloneFor,
    stop: async () => {
      steps.push('stop');
      return { kind: 'signalled', signal: 'SIGTERM' };
    },
    stopLeftover: async (patienceMs) => {
      world.patience.push(patienceMs);
      return world.leftover;
    },
    zombiesLeft: async () => world.left,
    stoppedBySexton: async () => world.stoppedBySexton,
    relay: { stopped: stopping.signal, attach: () => undefined, close: () => undefined },
    record: (entry) => void entries.push(entry),
    tell: (told) => void news.push(told),
    clock: {
      wall: () => new Date('2025-12-06T14:02:00.000Z'),
      now: () => performance.now(),
      sleep: async (ms) => void steps.push(`wait ${ms}`),
    },
    random: () => 0,
  };
  const told = (kind: GuardNews['kind']) => news.filter((one) => one.kind === kind);
  const recorded = (event: JournalEntry['event']) => entries.filter((entry) => entry.event === event);
  return { world, tools, steps, told, recorded, stopping };
}

describe('the connection manager', () => {
  it('locks, cleans, attempts, succeeds, releases the lock and returns the bot’s exit code', async () => {
    const { tools, steps, recorded, told } = surroundings([running(exited(42))]);
    expect(await connect(ORDER, tools)).toBe(42);
    expect(steps).toEqual(['lock', 'clean', 'attempt', 'success', 'unlock']);
    expect(recorded('connect_attempt')).toMatchObject([{ attempt: 1, bot: 'runner.py', port: 4002 }]);
    expect(recorded('connect_succeeded')).toMatchObject([{ attempt: 1, reason: null }]);
    expect(told('connected')).toEqual([{ kind: 'connected', attempt: 1, proven: true }]);
  });

  it('after a failure records it, releases the lock, cleans, waits without the lock, and cleans again', async () => {
    const { tools, steps, recorded } = surroundings([failed(1), failed(2), running(exited(0))]);
    await connect(ORDER, tools);
    expect(steps).toEqual([
      ...['lock', 'clean', 'attempt', 'failure', 'unlock', 'clean', 'wait 1000'],
      ...['lock', 'clean', 'attempt', 'failure', 'unlock', 'clean', 'wait 2000'],
      ...['lock', 'clean', 'attempt', 'success', 'unlock'],
    ]);
    expect(recorded('connect_failed')).toMatchObject([
      {
        attempt: 1,
        retryInMs: 1_000,
        reason: 'runner.py ended with exit code 1: the Gateway accepted its connection and did not answer',
      },
      { attempt: 2, retryInMs: 2_000 },
    ]);
  });

  it('leaves a hanging bot alone that must not be stopped, and returns its exit code', async () => {
    const hung: AttemptEnd = { kind: 'hung', why: why('opened-nothing'), command: command(exited(7)) };
    const { world, tools, steps, told, recorded } = surroundings([hung]);
    world.leftAloneFor = 'It has a live API session on 7496 and may be trading.';
    expect(await connect(ORDER, tools)).toBe(7);
    expect(steps).toEqual(['lock', 'clean', 'attempt', 'gone', 'unlock']);
    expect(told('left-alone')).toEqual([{ kind: 'left-alone', reason: world.leftAloneFor }]);
    expect(recorded('connect_failed')).toEqual([]);
  });

  it('counts the Gateway’s failure for a bot that it then leaves alone', async () => {
    const { world, tools, steps } = surroundings([{ kind: 'hung', why: why('version-only'), command: command() }]);
    world.leftAloneFor = 'It has a live API session on 4002 and may be trading.';
    expect(await connect(ORDER, tools)).toBe(0);
    expect(steps).toEqual(['lock', 'clean', 'attempt', 'failure', 'unlock']);
  });

  it('retries after a fault of the bot itself, says so and reports nothing to the breaker', async () => {
    const { world, tools, steps, told, recorded } = surroundings([failed(1, 'opened-nothing'), running(exited(0))]);
    world.breaker = OPEN;
    expect(await connect(ORDER, tools)).toBe(0);
    expect(steps.filter((step) => step === 'failure')).toEqual([]);
    expect(steps.filter((step) => step === 'gone')).toHaveLength(1);
    expect(told('failed')).toMatchObject([{ ownFault: true, retryInMs: 1_000 }]);
    expect(recorded('connect_failed')).toMatchObject([
      { ownFault: true, reason: 'runner.py ended with exit code 1: it opened no connection on 4002' },
    ]);
  });

  it('reports how many zombies the bot left, after a failure and after its end, and nothing when it left none', async () => {
    const { world, tools, told } = surroundings([failed(1), running(exited(0))]);
    world.left = { gateway: 1, client: 0 };
    await connect(ORDER, tools);
    expect(told('left-zombies')).toEqual([
      { kind: 'left-zombies', bot: 'runner.py', left: { gateway: 1, client: 0 } },
      { kind: 'left-zombies', bot: 'runner.py', left: { gateway: 1, client: 0 } },
    ]);
    for (const left of [{ gateway: 0, client: 0 }, null]) {
      const none = surroundings([running(exited(0))]);
      none.world.left = left;
      await connect(ORDER, none.tools);
      expect(none.told('left-zombies')).toEqual([]);
    }
  });

  it('stops a bot that hangs once the lock is free', async () => {
    const hung: AttemptEnd = { kind: 'hung', why: why(), command: command() };
    const { tools, steps, told } = surroundings([hung]);
    expect(await connect({ ...ORDER, retries: 0 }, tools)).toBe(75);
    expect(steps).toEqual(['lock', 'clean', 'attempt', 'failure', 'unlock', 'stop', 'clean']);
    expect(told('exhausted')).toEqual([{ kind: 'exhausted', attempts: 1, lastCode: 143 }]);
  });

  it('gives up after the last retry and reports the last exit code', async () => {
    const { tools, steps, told } = surroundings([failed(1), failed(2), failed(3)]);
    expect(await connect({ ...ORDER, retries: 2 }, tools)).toBe(75);
    expect(steps.filter((step) => step === 'attempt')).toHaveLength(3);
    expect(steps.at(-1)).toBe('clean');
    expect(told('exhausted')).toEqual([{ kind: 'exhausted', attempts: 3, lastCode: 3 }]);
  });

  it('starts nothing while the breaker is open', async () => {
    const { tools, steps, told, world } = surroundings([]);
    world.admits = false;
    world.breaker = OPEN;
    expect(await connect(ORDER, tools)).toBe(75);
    expect(steps).toEqual([]);
    expect(told('blocked')).toMatchObject([{ why: 'open', breaker: { retryAt: OPEN.retryAt }, lastCode: null }]);
  });

  it('does not wait for a breaker that its own failure has opened', async () => {
    const { tools, steps, told, world, recorded } = surroundings([failed(7)]);
    world.breaker = OPEN;
    expect(await connect(ORDER, tools)).toBe(75);
    expect(steps).toEqual(['lock', 'clean', 'attempt', 'failure', 'unlock', 'clean']);
    expect(told('blocked')).toMatchObject([{ why: 'open', lastCode: 7 }]);
    expect(recorded('connect_failed')).toMatchObject([{ retryInMs: null }]);
  });

  it('does not count a lock timeout as an attempt of the bot', async () => {
    const { tools, steps, recorded, world } = surroundings([running(exited(0))]);
    world.lock = lockError('timeout');
    tools.clock.sleep = async () => {
      world.lock = null;
    };
    expect(await connect(ORDER, tools)).toBe(0);
    expect(steps).toEqual(['gone', 'clean', 'lock', 'clean', 'attempt', 'success', 'unlock']);
    expect(recorded('lock_timeout')).toHaveLength(1);
    expect(recorded('connect_attempt')).toMatchObject([{ attempt: 2 }]);
  });

  it.each(['unavailable', 'symlink', 'not-permitted'] as const)('goes on without a lock that is %s', async (code) => {
    const { tools, steps, told, world } = surroundings([running(exited(0))]);
    world.lock = lockError(code);
    expect(await connect(ORDER, tools)).toBe(0);
    expect(steps).toEqual(['clean', 'attempt', 'success']);
    expect(told('without-lock')).toHaveLength(1);
  });

  it('leaves the lock to a bot that takes it itself, from the start of the next attempt', async () => {
    const selfLocking = (hooks: AttemptHooks): AttemptEnd => {
      hooks.onSelfLocking();
      hooks.onSelfLocking();
      return failed(1);
    };
    const { tools, steps, told } = surroundings([selfLocking, running(exited(0))]);
    await connect(ORDER, tools);
    expect(steps.filter((step) => step === 'lock' || step === 'unlock')).toEqual(['lock', 'unlock']);
    expect(told('self-locking')).toHaveLength(1);
  });

  it('starts no second copy while one must be left running, but retries while only a helper runs', async () => {
    const beside = surroundings([failed(1)]);
    const blocking = [{ name: 'runner.py (4313)', why: 'It has a live API session on 4002 and may be trading.' }];
    beside.world.leftover = { stopped: [], blocking, spared: [] };
    expect(await connect(ORDER, beside.tools)).toBe(75);
    expect(beside.told('left-running')).toEqual([{ kind: 'left-running', processes: blocking, lastCode: 1 }]);
    const helper = surroundings([failed(1), running(exited(0))]);
    helper.world.leftover = { stopped: ['worker.py (4314)'], blocking: [], spared: ['gpg-agent (4313)'] };
    expect(await connect(ORDER, helper.tools)).toBe(0);
    expect(helper.told('rest-stopped')[0]).toEqual({ kind: 'rest-stopped', names: ['worker.py (4314)'] });
    expect(helper.told('rest-spared')[0]).toEqual({ kind: 'rest-spared', names: ['gpg-agent (4313)'] });
  });

  it('gives up on a command that ends with 0 after its handshake and leaves its bot connected in the background', async () => {
    const { world, tools, told } = surroundings([
      { kind: 'ended', end: exited(0), verdict: { kind: 'finished', port: 4002 } },
    ]);
    const blocking = [{ name: 'runner.py (4313)', why: 'It has a live API session on 4002 and may be trading.' }];
    world.leftover = { stopped: [], blocking, spared: [] };
    expect(await connect(ORDER, tools)).toBe(75);
    expect(told('left-running')).toEqual([{ kind: 'left-running', processes: blocking, lastCode: null }]);
  });

  it('stops what a command left running at every end, and gives time only to a bot in the background', async () => {
    const { world, tools } = surroundings([failed(0), failed(1), running(exited(3))]);
    expect(await connect(ORDER, tools)).toBe(3);
    expect(world.patience).toEqual([ORDER.timeoutMs, 0, 0]);
  });

  it('keeps a hanging bot that connected just before it was to be stopped', async () => {
    const hung: AttemptEnd = { kind: 'hung', why: why(), command: command(exited(7)) };
    const { tools, steps, told } = surroundings([hung]);
    tools.stop = async () => null;
    expect(await connect(ORDER, tools)).toBe(7);
    expect(steps.filter((step) => step === 'attempt')).toHaveLength(1);
    expect(told('left-alone')).toEqual([{ kind: 'left-alone', reason: 'It could not be stopped.' }]);
  });

  it.each([
    ['SIGTERM', { kind: 'signalled', signal: 'SIGTERM' }, 143],
    ['Ctrl-C', { kind: 'signalled', signal: 'SIGINT' }, 130],
    ['a shell that passes SIGTERM on', exited(143), 143],
  ] satisfies [string, CommandEnd, number][])(
    'does not try again when the bot was ended by %s',
    async (_, end, code) => {
      const { tools, steps } = surroundings([{ kind: 'ended', end, verdict: { kind: 'failed', why: why() } }]);
      expect(await connect(ORDER, tools)).toBe(code);
      expect(steps).toEqual(['lock', 'clean', 'attempt', 'gone', 'unlock']);
    },
  );

  it('exits with 143 when Sexton stopped the bot, however cleanly the bot exited', async () => {
    for (const end of [failed(0), running(exited(0)), failed(1)]) {
      const { tools, steps, world } = surroundings([end]);
      world.stoppedBySexton = true;
      expect(await connect(ORDER, tools)).toBe(143);
      expect(steps).not.toContain('failure');
    }
  });

  it('exits by a signal that arrived while it waited, without another attempt', async () => {
    const { tools, steps, stopping } = surroundings([failed(1)]);
    tools.clock.sleep = async () => stopping.abort('SIGINT');
    expect(await connect(ORDER, tools)).toBe(130);
    expect(steps.filter((step) => step === 'attempt')).toHaveLength(1);
  });

  it('does not start the bot after a signal that arrived while it waited for the lock or cleaned', async () => {
    const waiting = surroundings([]);
    waiting.world.lock = lockError('aborted');
    waiting.stopping.abort('SIGTERM');
    expect(await connect(ORDER, waiting.tools)).toBe(143);
    expect(waiting.steps).toEqual(['gone']);
    const cleaning = surroundings([]);
    cleaning.tools.clean = async () => {
      cleaning.stopping.abort('SIGHUP');
      return { kind: 'nothing' };
    };
    expect(await connect(ORDER, cleaning.tools)).toBe(129);
    expect(cleaning.steps).toEqual(['lock', 'gone', 'unlock']);
  });

  it('claims nothing when it cannot see, and returns the bot’s exit code', async () => {
    const { tools, steps, told, recorded } = surroundings([running(exited(3), { kind: 'none' })]);
    expect(await connect(ORDER, tools)).toBe(3);
    expect(steps).toContain('gone');
    expect(steps).not.toContain('success');
    expect(told('unseen')).toHaveLength(1);
    expect(recorded('connect_succeeded')).toEqual([]);
  });

  it('reports problems with cleaning to the person and goes on', async () => {
    const { tools, told } = surroundings([running(exited(0))]);
    tools.clean = async () => ({ kind: 'trouble', error: { code: 'cannot-see', hint: 'Install lsof.' } });
    expect(await connect(ORDER, tools)).toBe(0);
    expect(told('clean-trouble')).toHaveLength(1);
  });

  it('reports a command that did not start to the person only', async () => {
    const error = { code: 'not-found', exitCode: 127, detail: 'ENOENT' } as const;
    const { tools, steps } = surroundings([{ kind: 'not-started', error }]);
    expect(await connect(ORDER, tools)).toBe(127);
    expect(steps).toEqual(['lock', 'clean', 'attempt', 'gone', 'unlock']);
  });
});

describe('the lock during an attempt', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is released 500 ms after the answer', async () => {
    const { tools, steps } = surroundings([
      async (hooks) => {
        hooks.onConnected();
        await vi.advanceTimersByTimeAsync(499);
        hooks.onConnected();
        expect(steps).not.toContain('unlock');
        await vi.advanceTimersByTimeAsync(1);
        expect(steps).toContain('unlock');
        return running(exited(0));
      },
    ]);
    await connect(ORDER, tools);
    expect(steps.filter((step) => step === 'unlock')).toHaveLength(1);
  });

  it('is held for at most 25 s while the bot has not connected', async () => {
    const { tools, steps, told } = surroundings([
      async () => {
        await vi.advanceTimersByTimeAsync(HOLD_AT_MOST_MS - 1);
        expect(steps).not.toContain('unlock');
        await vi.advanceTimersByTimeAsync(1);
        expect(steps).toContain('unlock');
        return running(exited(0));
      },
    ]);
    await connect(ORDER, tools);
    expect(HOLD_AT_MOST_MS).toBe(25_000);
    expect(told('lock-overdue')).toHaveLength(1);
  });
});
