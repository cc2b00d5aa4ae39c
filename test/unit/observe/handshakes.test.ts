import { describe, expect, it } from 'vitest';
import { HandshakeWatch } from '../../../electron/engine/observe/handshakes.ts';
import type { Session } from '../../../electron/engine/observe/sessions.ts';
import type { LockState, ProcessRef } from '../../../shared/snapshot.ts';

const bot: ProcessRef = { pid: 4312, startedAt: '', uid: 501, name: 'runner.py', commandLine: '' };
const session = (key: string, answered: boolean | null = false): Session => ({
  key,
  port: 4002,
  client: null,
  gateway: null,
  answered,
});

/** Sees an empty look, then each session new in a look of its own, a minute apart. */
function watched(sessions: readonly Session[], lock: LockState['kind'], owner: ProcessRef | null = bot): string[] {
  const watch = new HandshakeWatch();
  watch.see([], lock, () => owner, 0);
  for (const [at, one] of sessions.entries()) watch.see([one], lock, () => owner, (at + 1) * 60_000);
  return watch.names();
}

describe('handshakes without the lock', () => {
  const three = [session('a'), session('b'), session('c')];

  it('name a bot that repeats them', () => {
    expect(watched(three, 'free')).toEqual(['runner.py']);
  });

  it('name no bot after only one or two, which may be chance', () => {
    expect(watched(three.slice(0, 2), 'free')).toEqual([]);
  });

  it('are not seen while the lock is held, or while that is unknown', () => {
    expect(watched(three, 'held')).toEqual([]);
    expect(watched(three, 'unknown')).toEqual([]);
  });

  it('are not seen once the Gateway has answered, where that is unknown, or without a visible holder', () => {
    expect(watched([session('a', true), session('b', true), session('c', true)], 'free')).toEqual([]);
    expect(watched([session('a', null), session('b', null), session('c', null)], 'free')).toEqual([]);
    expect(watched(three, 'free', null)).toEqual([]);
  });

  it('are counted once each, not in every scan, and forgotten after an hour', () => {
    const watch = new HandshakeWatch();
    watch.see([], 'free', () => bot, 0);
    for (let at = 1; at <= 5; at += 1) watch.see([session('a')], 'free', () => bot, at * 1_000);
    expect(watch.names()).toEqual([]);
    watch.see([session('b')], 'free', () => bot, 10_000);
    watch.see([session('c')], 'free', () => bot, 20_000);
    expect(watch.names()).toEqual(['runner.py']);
    watch.see([], 'free', () => bot, 3_700_000);
    expect(watch.names()).toEqual([]);
  });

  it('do not include sessions from before the first scan', () => {
    const watch = new HandshakeWatch();
    watch.see(three, 'free', () => bot, 0);
    expect(watch.names()).toEqual([]);
  });
});
