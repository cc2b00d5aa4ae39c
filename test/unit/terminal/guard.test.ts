import { describe, expect, it, vi } from 'vitest';
import type { RunGuard } from '../../../electron/engine/connect/guard/guard.ts';
import type { GuardNews } from '../../../electron/engine/connect/guard/news.ts';
import { guardWords } from '../../../electron/terminal/commands/guard/words.ts';
import { runTerminal } from '../../../electron/terminal/run.ts';
import type { BreakerState } from '../../../shared/snapshot.ts';
import { cleanResult, DIRECTORIES, fakeEngine, fakeIo, NOW, opener } from './support.ts';

async function run(args: readonly string[], news: readonly GuardNews[] = []) {
  const io = fakeIo();
  const guard = vi.fn<RunGuard>(async (_wish, _relay, tell) => {
    for (const one of news) tell(one);
    return 42;
  });
  const open = vi.fn(opener(fakeEngine(), { guard }));
  const code = await runTerminal(['guard', ...args], '9.8.7', { io, open, directories: DIRECTORIES });
  return { code, out: io.out.text(), err: io.err.text(), open, guard, wish: guard.mock.calls[0]?.[0] };
}

const BREAKER: BreakerState = {
  state: 'open',
  failures: 5,
  successes: 0,
  threshold: 5,
  changedAt: null,
  retryAt: new Date(NOW.getTime() + 58_000).toISOString(),
  reason: 'app.py opened no session on 4002 within 1 min',
};

describe('sexton guard', () => {
  it("uses its defaults, and returns the bot's exit code", async () => {
    const { code, wish, open } = await run(['--', 'python3', 'runner.py']);
    expect(code).toBe(42);
    expect(wish).toEqual({
      command: ['python3', 'runner.py'],
      ports: [],
      retries: 4,
      timeoutMs: 60_000,
      clean: 'own',
      lock: true,
    });
    expect(open).toHaveBeenCalledWith({ program: 'command', ports: [], flags: {} });
  });

  it('takes its flags before the --, and passes everything after it to the bot', async () => {
    const flags = ['--port', '4002', '--retries', '0', '--timeout', '1.5', '--clean', 'none', '--no-lock'];
    const command = ['./bot', '--port', 'x', '--help', '--', '-V', 'a b'];
    expect((await run([...flags, '--', ...command])).wish).toEqual({
      command,
      ports: [4_002],
      retries: 0,
      timeoutMs: 1_500,
      clean: 'none',
      lock: false,
    });
  });

  it.each([
    [[], 'command: missing'],
    [['--'], 'command: missing'],
    [['--retries', '-1', '--', 'x'], '--retries -1: must be a whole number from 0 to 1000'],
    [['--retries', 'many', '--', 'x'], '--retries many: must be a whole number from 0 to 1000'],
    [['--timeout', '0', '--', 'x'], '--timeout 0: must be a number of seconds from 1 to 3600'],
    [['--clean', 'some', '--', 'x'], '--clean some: must be own, all or none'],
    [['--port', '70000', '--', 'x'], '--port 70000: must be a whole number from 1 to 65535'],
    [
      ['--wait', '--', 'x'],
      '--wait: unknown flag; the flags are --port, --retries, --timeout, --clean, --no-lock, --help',
    ],
  ])('%j gives one line on stderr and exit code 64', async (args, words) => {
    const { code, out, err, open } = await run(args);
    expect({ code, out, err }).toEqual({ code: 64, out: '', err: `sexton: ${words}\n` });
    expect(open).not.toHaveBeenCalled();
  });

  it('shows examples and exit codes in its help, and says that later reconnects are not serialized', async () => {
    const { out } = await run(['--help']);
    expect(out).toMatch(/^Usage: sexton guard /);
    expect(out).toMatch(/Exit code: the command's own\. 75: .* 143: /s);
    expect(out).toMatch(/later reconnects\s+are the bot's own and are not serialized/);
    expect(out).toContain('Examples:\n  sexton guard -- python3 runner.py');
  });

  it('writes only to stderr, and only if there is something to say', async () => {
    const { out, err } = await run(
      ['--', 'x'],
      [
        { kind: 'connected', attempt: 1, proven: true },
        { kind: 'connected', attempt: 3, proven: true },
      ],
    );
    expect(out).toBe('');
    expect(err).toBe('sexton guard: Connected on attempt 3.\n');
  });
});

describe('the messages of a guard', () => {
  const words = (news: GuardNews) => guardWords(news, 'runner.py', NOW);
  const base = { breaker: BREAKER, lastCode: null };

  it('name the time of the next try if the breaker is open', () => {
    expect(words({ kind: 'blocked', why: 'open', ...base })).toMatch(
      /^The circuit breaker is open after 5 failures in a row\. Next try at \d\d:\d\d:\d\d \(in 58 s\)\. Reason: app\.py opened/,
    );
    expect(words({ kind: 'blocked', why: 'open', breaker: BREAKER, lastCode: 7 })).toMatch(
      /bot's last exit code was 7\.$/,
    );
  });

  it('say what to do if the breaker is held, and to wait if another bot is trying', () => {
    expect(words({ kind: 'blocked', why: 'held', ...base })).toMatch(/sexton breaker reset$/);
    expect(words({ kind: 'blocked', why: 'probing', ...base })).toContain('another bot');
  });

  it.each<[GuardNews, string]>([
    [{ kind: 'exhausted', attempts: 5, lastCode: 9 }, "Gave up after 5 attempts. The bot's last exit code was 9."],
    [{ kind: 'exhausted', attempts: 1, lastCode: null }, 'Gave up after one attempt.'],
    [
      { kind: 'failed', attempt: 1, of: 5, reason: 'it ended.', retryInMs: 1_200, ownFault: false },
      'Attempt 1 of 5 failed: it ended. Next attempt in 1 s.',
    ],
    [
      { kind: 'failed', attempt: 5, of: 5, reason: 'it ended', retryInMs: null, ownFault: false },
      'Attempt 5 of 5 failed: it ended.',
    ],
    [
      { kind: 'failed', attempt: 1, of: 5, reason: 'it ended', retryInMs: 1_200, ownFault: true },
      "Attempt 1 of 5 failed: it ended. The fault is the bot's own, so the circuit breaker does not count it. Next attempt in 1 s.",
    ],
    [
      { kind: 'left-zombies', bot: 'runner.py', left: { gateway: 1, client: 2 } },
      'runner.py left 3 zombie connections: 1 that only the Gateway can close, 2 held by a process it started.',
    ],
    [
      { kind: 'not-started', error: { code: 'not-found', exitCode: 127, detail: 'ENOENT' } },
      'runner.py: command not found',
    ],
    [{ kind: 'cleaned', result: cleanResult() }, 'Stopped 1 bot. No zombie connections remain.'],
    [
      { kind: 'clean-trouble', error: { code: 'cannot-see', hint: 'Install lsof.' } },
      'Nothing was cleaned. Install lsof.',
    ],
    [{ kind: 'trouble', text: 'the disk is full' }, 'the disk is full.'],
  ])('have the right sentence for %j', (news, sentence) => {
    expect(words(news)).toBe(sentence);
  });

  it('have a sentence for every other kind of news', () => {
    const kinds = ['unseen', 'stopping', 'stopped-by-sexton', 'self-locking', 'lock-overdue'] as const;
    for (const kind of kinds) expect(words({ kind })).toMatch(/^[A-Z].*\.$/);
    const processes = [{ name: 'a.py (7)', why: 'It could not be stopped.' }];
    expect(words({ kind: 'left-running', processes, lastCode: 0 })).toContain(
      'but a.py (7) still runs. It could not be stopped. ',
    );
    expect(words({ kind: 'rest-stopped', names: ['a.py (7)'] })).toContain('a.py (7)');
    expect(words({ kind: 'rest-spared', names: ['gpg-agent (8)'] })).toContain('gpg-agent (8)');
    expect(words({ kind: 'connected', attempt: 1, proven: false })).toContain('does not show');
    const error = { code: 'symlink', path: '/tmp/l', waitedMs: 0, holder: null, detail: '' } as const;
    expect(words({ kind: 'without-lock', error })).toMatch(/symbolic link.*runs without the lock\.$/);
  });
});
