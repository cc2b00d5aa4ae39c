import { describe, expect, it } from 'vitest';
import {
  type AttemptState,
  type AttemptVerdict,
  beginAttempt,
  judgeAttempt,
  judgeExit,
  noteSighting,
  type SeenConnection,
  type Sighting,
} from '../../../electron/engine/connect/guard/attempt/attempt.ts';
import { attemptFailed, endedEarly, isOwnFault } from '../../../shared/words/attempt.ts';

const RULES = { timeoutMs: 10_000, stableMs: 2_000 };
const BLIND: Sighting = { kind: 'blind' };
const NOTHING: Sighting = { kind: 'seen', listening: true, connections: [] };
const connection = (more: Partial<SeenConnection> = {}): SeenConnection => ({
  key: 'a',
  port: 4002,
  phase: 'open',
  replies: 'none',
  bytes: null,
  own: true,
  ...more,
});
const CONNECTED = connection({ replies: 'handshake' });
const seen = (...connections: SeenConnection[]): Sighting => ({ kind: 'seen', listening: true, connections });

/** Looks at the given times, and the judgement at the last of them. */
function watched(...looks: [at: number, sighting: Sighting][]): { state: AttemptState; verdict: AttemptVerdict } {
  let state = beginAttempt(0, NOTHING);
  let verdict: AttemptVerdict = { kind: 'pending' };
  for (const [at, sighting] of looks) {
    state = noteSighting(state, sighting, at);
    verdict = judgeAttempt(state, RULES, at);
  }
  return { state, verdict };
}

describe('an attempt', () => {
  it('is pending while there is no session', () => {
    expect(watched([9_999, NOTHING]).verdict).toEqual({ kind: 'pending' });
  });

  it('succeeds when a session has stayed up for 2 s after its handshake', () => {
    const looks: [number, Sighting][] = [
      [500, seen(connection({ replies: 'version' }))],
      [1_000, seen(CONNECTED)],
      [2_999, seen(CONNECTED)],
    ];
    expect(watched(...looks).verdict).toEqual({ kind: 'connected', since: 1_000 });
    const verdict = watched(...looks, [3_000, seen(CONNECTED)]).verdict;
    expect(verdict).toEqual({ kind: 'succeeded', proven: true, port: 4002 });
  });

  it('does not succeed on the version alone, however long the session stays up', () => {
    const version = seen(connection({ replies: 'version' }));
    expect(watched([1_000, version], [9_999, version]).verdict).toEqual({ kind: 'pending' });
    expect(watched([1_000, version], [10_000, version]).verdict).toMatchObject({ why: { kind: 'version-only' } });
  });

  it('treats further bytes as the second reply where segments are not counted', () => {
    const first = seen(connection({ replies: 'version', bytes: 30 }));
    expect(watched([100, first], [200, first]).verdict.kind).toBe('pending');
    const more = seen(connection({ replies: 'version', bytes: 48 }));
    expect(watched([100, first], [200, more], [300, more]).verdict).toEqual({ kind: 'connected', since: 200 });
  });

  it('times the 2 s of each session separately', () => {
    const first = seen({ ...CONNECTED, key: 'a' });
    const second = seen({ ...CONNECTED, key: 'b' });
    const looks: [number, Sighting][] = [
      [0, first],
      [1_500, second],
      [2_500, second],
    ];
    expect(watched(...looks).verdict).toEqual({ kind: 'connected', since: 1_500 });
    expect(watched(...looks, [3_500, second]).verdict.kind).toBe('succeeded');
  });

  it('does not succeed with a session that is only probably its own', () => {
    const other = seen({ ...CONNECTED, own: false });
    expect(watched([0, other], [9_000, other]).verdict).toEqual({ kind: 'pending' });
  });

  it('gives a handshake in time its 2 s past the timeout, but not a later one', () => {
    const late = seen(CONNECTED);
    expect(watched([9_900, late], [11_000, late]).verdict).toEqual({ kind: 'connected', since: 9_900 });
    expect(watched([9_900, late], [11_900, late]).verdict.kind).toBe('succeeded');
    expect(watched([9_900, late], [11_000, NOTHING]).verdict).toMatchObject({ why: { kind: 'lost' } });
    expect(watched([10_000, late]).verdict).toMatchObject({ why: { kind: 'lost' } });
  });

  it('succeeds without proof when a session stays up until the timeout and replies are not reported', () => {
    const untold = seen(connection({ replies: null }));
    expect(watched([9_999, untold]).verdict).toEqual({ kind: 'pending' });
    expect(watched([10_000, untold]).verdict).toEqual({ kind: 'succeeded', proven: false, port: 4002 });
  });

  it('claims nothing at the timeout when it cannot see, and keeps its knowledge through a blind moment', () => {
    expect(watched([10_000, BLIND]).verdict).toEqual({ kind: 'unseen' });
    const connected = seen(CONNECTED);
    expect(watched([1_000, connected], [3_500, BLIND]).verdict.kind).toBe('connected');
    expect(watched([1_000, connected], [2_000, BLIND], [3_000, connected]).verdict.kind).toBe('succeeded');
    expect(watched([1_000, connected], [12_001, BLIND]).verdict).toEqual({ kind: 'unseen' });
  });
});

describe('why an attempt failed', () => {
  const at = (...sightings: Sighting[]) => {
    const { verdict } = watched(...sightings.map((sighting, index): [number, Sighting] => [9_000 + index, sighting]), [
      10_000,
      sightings.at(-1) ?? NOTHING,
    ]);
    if (verdict.kind !== 'failed') throw new Error(verdict.kind);
    return verdict.why;
  };
  const without = (listening: boolean | null): Sighting => ({ kind: 'seen', listening, connections: [] });

  it('is the bot’s own fault when the port was listening all the time and it opened nothing', () => {
    expect(at(NOTHING)).toEqual({ kind: 'opened-nothing', port: null, own: true, times: 0 });
    expect(isOwnFault(at(NOTHING))).toBe(true);
  });

  it('is not the bot’s fault when nothing listened, even briefly, or when that is unknown', () => {
    expect(at(without(false)).kind).toBe('nobody-listens');
    expect(at(NOTHING, without(false), NOTHING).kind).toBe('nobody-listens');
    expect(at(NOTHING, without(null)).kind).toBe('not-seen');
    for (const listening of [false, null]) expect(isOwnFault(at(without(listening)))).toBe(false);
  });

  it.each<[string, SeenConnection, string]>([
    ['not accepted', connection({ phase: 'opening' }), 'not-accepted'],
    ['accepted and not answered', connection(), 'unanswered'],
    ['left by the bot without an answer', connection({ phase: 'closed-by-bot' }), 'unanswered'],
    ['closed without an answer', connection({ phase: 'closed-by-gateway' }), 'closed-unanswered'],
    ['answered with the version alone', connection({ phase: 'closed-by-bot', replies: 'version' }), 'version-only'],
    ['turned away', connection({ phase: 'closed-by-gateway', replies: 'handshake' }), 'closed-after-answer'],
    ['left by the bot', connection({ phase: 'closed-by-bot', replies: 'handshake' }), 'lost'],
    ['closed too early to see', connection({ phase: 'closed-by-gateway', replies: null }), 'closed-by-gateway'],
    ['over too early to see', connection({ phase: 'closed-by-bot', replies: null }), 'unclear'],
  ])('names a connection that was %s', (_, one, kind) => {
    expect(at(seen(one))).toMatchObject({ kind, port: 4002, own: true, times: 1 });
  });

  it('remembers a connection that has left the table', () => {
    expect(at(seen(connection({ replies: 'version' })), NOTHING).kind).toBe('version-only');
    expect(at(seen(connection({ phase: 'opening' })), NOTHING).kind).toBe('not-accepted');
    const turned = [seen(CONNECTED), seen(connection({ phase: 'closed-by-gateway', replies: null })), NOTHING];
    expect(at(...turned).kind).toBe('closed-after-answer');
  });

  it('counts the tries, and prefers the bot’s connections to probable ones', () => {
    const tries = ['a', 'b', 'c', 'd'].map((key) => connection({ key, phase: 'closed-by-bot' }));
    const other = connection({ key: 'x', own: false, phase: 'closed-by-gateway', replies: 'handshake' });
    expect(at(seen(...tries, other))).toEqual({ kind: 'unanswered', port: 4002, own: true, times: 4 });
    expect(at(seen(other))).toMatchObject({ kind: 'closed-after-answer', own: false });
  });
});

describe('an exit before success', () => {
  const failure = (kind: string) => ({ kind: 'failed', why: { kind } });

  it('is a failure, even with exit code 0', () => {
    expect(judgeExit(beginAttempt(0, NOTHING), false)).toMatchObject(failure('opened-nothing'));
    expect(judgeExit(beginAttempt(0, NOTHING), true)).toMatchObject(failure('opened-nothing'));
    expect(judgeExit(watched([1_000, seen(connection())]).state, true)).toMatchObject(failure('unanswered'));
    const version = watched([1_000, seen(connection({ replies: 'version' }))]).state;
    expect(judgeExit(version, true)).toMatchObject(failure('version-only'));
  });

  it('is a finished short job when it was connected and exits with 0', () => {
    const { state } = watched([1_000, seen(CONNECTED)], [1_500, NOTHING]);
    expect(judgeExit(state, true)).toEqual({ kind: 'finished', port: 4002 });
    expect(judgeExit(state, false)).toMatchObject(failure('lost'));
  });

  it('is not a finished job when the Gateway closed first, unless the bot closed another session', () => {
    const turned = { ...CONNECTED, phase: 'closed-by-gateway' as const };
    const { state } = watched([1_000, seen(CONNECTED)], [1_500, seen(turned)], [1_600, NOTHING]);
    expect(judgeExit(state, true)).toMatchObject(failure('closed-after-answer'));
    const done = { ...CONNECTED, key: 'b', phase: 'closed-by-bot' as const };
    const both = watched([1_000, seen(CONNECTED)], [1_500, seen(turned, done)]).state;
    expect(judgeExit(both, true)).toEqual({ kind: 'finished', port: 4002 });
  });

  it('with 0 is accepted without any claim when Sexton cannot see', () => {
    expect(judgeExit(beginAttempt(0, BLIND), true)).toEqual({ kind: 'unseen' });
    expect(judgeExit(watched([1_000, BLIND]).state, true)).toEqual({ kind: 'unseen' });
    expect(judgeExit(beginAttempt(0, BLIND), false)).toMatchObject(failure('not-seen'));
  });
});

describe('the words for a failed attempt', () => {
  const order = { bot: 'runner.py', ports: [4002], timeoutMs: 15_000 };
  const why = { kind: 'unanswered', port: 4002, own: true, times: 1 } as const;

  it('say what was seen at the timeout', () => {
    expect(attemptFailed(why, order)).toBe(
      "the Gateway accepted runner.py's connection and did not answer within 15 s",
    );
    expect(attemptFailed({ ...why, times: 4 }, order)).toContain("accepted runner.py's 4 connections and");
    expect(attemptFailed({ ...why, kind: 'nobody-listens' }, { ...order, ports: [4001, 4002] })).toBe(
      'nobody listens on 4001, 4002',
    );
  });

  it('say how the command ended and what was seen of it', () => {
    expect(endedEarly({ code: 1 }, { ...why, kind: 'opened-nothing' }, order)).toBe(
      'runner.py ended with exit code 1: it opened no connection on 4002',
    );
    expect(endedEarly({ signal: 'SIGSEGV' }, { ...why, kind: 'closed-after-answer' }, order)).toBe(
      'runner.py ended by SIGSEGV: the Gateway answered its connection and then closed it (client id in use?)',
    );
    expect(endedEarly({ code: 0 }, { ...why, kind: 'closed-by-gateway', own: false }, order)).toBe(
      'runner.py ended with exit code 0: the Gateway closed a short connection, probably its own',
    );
  });
});
