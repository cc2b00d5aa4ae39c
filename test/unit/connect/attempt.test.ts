import { describe, expect, it } from 'vitest';
import {
  type AttemptState,
  type AttemptVerdict,
  beginAttempt,
  judgeAttempt,
  judgeExit,
  noteSighting,
  type SeenSession,
  type Sighting,
} from '../../../electron/engine/connect/attempt.ts';

const RULES = { timeoutMs: 10_000, stableMs: 2_000 };
const BLIND: Sighting = { kind: 'blind' };
const NOTHING: Sighting = { kind: 'seen', sessions: [] };
const session = (answered: boolean | null, key = 'a'): SeenSession => ({ key, answered });
const seen = (...sessions: SeenSession[]): Sighting => ({ kind: 'seen', sessions });

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

  it('succeeds when an answered session has lived 2 s', () => {
    expect(watched([1_000, seen(session(true))]).verdict).toEqual({ kind: 'answered', since: 1_000 });
    const looks: [number, Sighting][] = [
      [1_000, seen(session(true))],
      [2_999, seen(session(true))],
    ];
    expect(watched(...looks).verdict).toEqual({ kind: 'answered', since: 1_000 });
    expect(watched(...looks, [3_000, seen(session(true))]).verdict).toEqual({ kind: 'succeeded', proven: true });
  });

  it('counts the 2 s of each session for itself', () => {
    const first = seen(session(true, 'a'));
    const second = seen(session(true, 'b'));
    const looks: [number, Sighting][] = [
      [0, first],
      [1_500, second],
      [2_500, second],
    ];
    expect(watched(...looks).verdict).toEqual({ kind: 'answered', since: 1_500 });
    expect(watched(...looks, [3_500, second]).verdict).toEqual({ kind: 'succeeded', proven: true });
  });

  it('does not succeed on a session that is up but not answered, and fails at the timeout', () => {
    expect(watched([9_999, seen(session(false))]).verdict).toEqual({ kind: 'pending' });
    expect(watched([10_000, seen(session(false))]).verdict).toEqual({ kind: 'failed', why: 'unanswered' });
  });

  it('fails at the timeout without any session', () => {
    expect(watched([10_000, NOTHING]).verdict).toEqual({ kind: 'failed', why: 'no-session' });
  });

  it('fails at the timeout when no answered session stayed', () => {
    const verdict = watched([5_000, seen(session(true))], [6_000, NOTHING], [10_000, NOTHING]).verdict;
    expect(verdict).toEqual({ kind: 'failed', why: 'lost' });
  });

  it('gives an answer in time its 2 s beyond the timeout, but not one that came later', () => {
    const late = seen(session(true));
    expect(watched([9_900, late], [11_000, late]).verdict).toEqual({ kind: 'answered', since: 9_900 });
    expect(watched([9_900, late], [11_900, late]).verdict).toEqual({ kind: 'succeeded', proven: true });
    expect(watched([9_900, late], [11_000, NOTHING]).verdict).toEqual({ kind: 'failed', why: 'lost' });
    expect(watched([10_000, late]).verdict).toEqual({ kind: 'failed', why: 'lost' });
  });

  it('takes a session that lives to the timeout for a success without proof where bytes are not told', () => {
    expect(watched([9_999, seen(session(null))]).verdict).toEqual({ kind: 'pending' });
    expect(watched([10_000, seen(session(null))]).verdict).toEqual({ kind: 'succeeded', proven: false });
  });

  it('claims nothing at the timeout when it cannot see, and keeps what it knew through a blind moment', () => {
    expect(watched([10_000, BLIND]).verdict).toEqual({ kind: 'unseen' });
    const answered = seen(session(true));
    expect(watched([1_000, answered], [3_500, BLIND]).verdict.kind).toBe('answered');
    expect(watched([1_000, answered], [2_000, BLIND], [3_000, answered]).verdict).toEqual({
      kind: 'succeeded',
      proven: true,
    });
    expect(watched([1_000, answered], [12_001, BLIND]).verdict).toEqual({ kind: 'unseen' });
  });
});

describe('an exit before success', () => {
  it('is a failure, with 0 too', () => {
    expect(judgeExit(beginAttempt(0, NOTHING), false)).toBe('failed');
    expect(judgeExit(beginAttempt(0, NOTHING), true)).toBe('failed');
    expect(judgeExit(watched([1_000, seen(session(false))]).state, true)).toBe('failed');
  });

  it('is the end of a short job when it was answered and ends with 0', () => {
    const { state } = watched([1_000, seen(session(true))], [1_500, NOTHING]);
    expect(judgeExit(state, true)).toBe('finished');
    expect(judgeExit(state, false)).toBe('failed');
  });

  it('with 0 is believed, and claims nothing, when Sexton cannot see', () => {
    expect(judgeExit(beginAttempt(0, BLIND), true)).toBe('unseen');
    expect(judgeExit(watched([1_000, BLIND]).state, true)).toBe('unseen');
    expect(judgeExit(beginAttempt(0, BLIND), false)).toBe('failed');
  });
});
