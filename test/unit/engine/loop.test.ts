import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Loop } from '../../../electron/engine/core/loop.ts';
import { nextLookIn } from '../../../electron/engine/core/schedule.ts';
import { Store } from '../../../electron/engine/core/store.ts';
import { snapshotOf } from '../../support/standin/snapshots.ts';

describe('the schedule', () => {
  const quiet = { panelOpen: false, onBattery: false, asleep: false, unsettled: false };

  it.each<[string, number, Partial<typeof quiet>, number | null]>([
    ['the interval', 5_000, {}, 5_000],
    ['a second with the panel open', 5_000, { panelOpen: true }, 1_000],
    ['a second while zombies come and go', 5_000, { unsettled: true }, 1_000],
    ['never slower than asked', 500, { panelOpen: true }, 500],
    ['15 s on battery', 5_000, { onBattery: true }, 15_000],
    ['longer if asked, on battery', 60_000, { onBattery: true }, 60_000],
    ['a second on battery with the panel open', 5_000, { onBattery: true, panelOpen: true }, 1_000],
    ['never while asleep', 5_000, { asleep: true, panelOpen: true, unsettled: true }, null],
  ])('is %s', (_, interval, attention, expected) => {
    expect(nextLookIn(interval, { ...quiet, ...attention })).toBe(expected);
  });
});

describe('the loop', () => {
  let turns: number[];
  let work: () => Promise<void>;
  let loop: Loop;

  beforeEach(() => {
    vi.useFakeTimers({ now: 0 });
    turns = [];
    work = async () => undefined;
    const clock = { now: () => Date.now(), wall: () => Date.now(), sleep: async () => undefined };
    const turn = () => {
      turns.push(Date.now());
      return work();
    };
    loop = new Loop(clock, turn, () => 5_000);
  });
  afterEach(async () => {
    const stopped = loop.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    await stopped;
    vi.useRealTimers();
  });

  it('takes turns at its interval, counted from the end of the previous turn', async () => {
    loop.start();
    work = () => new Promise((resolve) => setTimeout(resolve, 2_000));
    await vi.advanceTimersByTimeAsync(12_500);
    expect(turns).toEqual([5_000, 12_000]);
  });

  it('takes no turn before it is started or after it is stopped', async () => {
    await vi.advanceTimersByTimeAsync(20_000);
    loop.wake();
    await vi.advanceTimersByTimeAsync(20_000);
    loop.start();
    await vi.advanceTimersByTimeAsync(5_000);
    await loop.stop();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(turns).toEqual([45_000]);
  });

  it('stops only when the current turn is over', async () => {
    let finish: () => void = () => undefined;
    work = () =>
      new Promise((resolve) => {
        finish = resolve;
      });
    loop.start();
    await vi.advanceTimersByTimeAsync(5_000);
    let stopped = false;
    const stopping = loop.stop().then(() => {
      stopped = true;
    });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(stopped).toBe(false);
    finish();
    await stopping;
  });

  it('scans at once when the panel opens, then every second until it closes', async () => {
    loop.start();
    await vi.advanceTimersByTimeAsync(1_200);
    loop.setAttention({ panelOpen: true });
    await vi.advanceTimersByTimeAsync(2_000);
    loop.setAttention({ panelOpen: false });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(turns).toEqual([1_200, 2_200, 3_200, 8_200]);
  });

  it('sleeps with the machine and scans at once when it wakes up', async () => {
    loop.start();
    loop.setAttention({ asleep: true });
    await vi.advanceTimersByTimeAsync(3_600_000);
    loop.wake();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(turns).toEqual([]);
    loop.setAttention({ asleep: false });
    await vi.advanceTimersByTimeAsync(0);
    expect(turns).toEqual([3_601_000]);
  });

  it('keeps a wake-up that comes during a turn, and never takes two turns at once', async () => {
    loop.start();
    work = () => new Promise((resolve) => setTimeout(resolve, 1_000));
    await vi.advanceTimersByTimeAsync(5_500);
    loop.wake();
    loop.wake();
    await vi.advanceTimersByTimeAsync(400);
    expect(turns).toEqual([5_000]);
    await vi.advanceTimersByTimeAsync(200);
    // A timer of 0 ms takes 1.
    expect(turns).toEqual([5_000, 6_001]);
  });

  it('scans often while zombies come and go, and at the usual interval while the same ones stay', async () => {
    loop.start();
    await vi.advanceTimersByTimeAsync(5_000);
    for (let turn = 0; turn < 40; turn += 1) {
      loop.noteScan(turn === 0, true);
      await vi.advanceTimersByTimeAsync(1_000);
    }
    const gaps = turns.slice(1).map((at, index) => at - (turns[index] ?? 0));
    expect(gaps.slice(1, 20).every((gap) => gap === 1_000)).toBe(true);
    expect(gaps.at(-1)).toBe(5_000);
  });
});

describe('the store', () => {
  const store = () =>
    new Store(
      snapshotOf(),
      ({ scan }) => ({ level: scan.kind === 'failed' ? 'blind' : 'clear', advice: { kind: 'nothing', text: '' } }),
      () => 'now',
    );

  it('publishes a change once, with a number one higher than before', () => {
    const one = store();
    const heard: [number, boolean, boolean][] = [];
    one.subscribe((next, previous) => heard.push([next.seq, next.paused, previous.paused]));
    const before = one.current().seq;
    one.commit({ paused: true });
    one.commit({ paused: true });
    one.commit({});
    expect(heard).toEqual([[before + 1, true, false]]);
  });

  it('derives the level from the committed change', () => {
    const one = store();
    expect(one.commit({ scan: { kind: 'failed', at: '', durationMs: 0, problems: [] } }).level).toBe('blind');
  });

  it('stops calling a removed listener, even while it publishes', () => {
    const one = store();
    const heard: string[] = [];
    const remove = one.subscribe(() => {
      heard.push('first');
      remove();
    });
    one.subscribe(() => heard.push('second'));
    one.commit({ paused: true });
    one.commit({ paused: false });
    expect(heard).toEqual(['first', 'second', 'second']);
  });
});
