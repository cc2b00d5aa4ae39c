import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createClock } from '../../../renderer/clock.ts';
import { acceptSnapshot, createPanelStore, mirror } from '../../../renderer/store.ts';
import type { ScanState } from '../../../shared/snapshot.ts';
import { type FakeClient, fakeClient } from '../../support/panel/fake-client.ts';
import { NOW } from '../../support/panel/moments.ts';
import { snapshot } from '../../support/panel/parts.ts';

const at = (seconds: number) => new Date(NOW + seconds * 1_000).toISOString();
const look = (seconds: number): ScanState => ({ kind: 'ok', at: at(seconds), durationMs: 4, problems: [] });

describe('which of two snapshots is the truth', () => {
  const current = snapshot({ seq: 7, scan: look(0) });

  it('takes the first whatever its number', () => {
    expect(acceptSnapshot(null, current)).toEqual({ snapshot: current, gap: false });
  });

  it('takes the next one without asking again', () => {
    const next = snapshot({ seq: 8 });
    expect(acceptSnapshot(current, next)).toEqual({ snapshot: next, gap: false });
  });

  it('drops an older one', () => {
    expect(acceptSnapshot(current, snapshot({ seq: 6, scan: look(9) })).snapshot).toBe(current);
  });

  it('says that one was missed', () => {
    expect(acceptSnapshot(current, snapshot({ seq: 9 })).gap).toBe(true);
  });

  it('takes one of the same number only when its scan is newer', () => {
    const later = snapshot({ seq: 7, scan: look(1) });
    expect(acceptSnapshot(current, later).snapshot).toBe(later);
    expect(acceptSnapshot(later, current).snapshot).toBe(later);
  });
});

describe('the mirror', () => {
  let fake: FakeClient;
  const asked = (name: string) => fake.calls.filter((call) => call.name === name).length;
  const settle = () => vi.advanceTimersByTimeAsync(0);

  beforeEach(() => {
    vi.useFakeTimers({ now: NOW });
    vi.stubGlobal('addEventListener', () => {});
    vi.stubGlobal('removeEventListener', () => {});
    fake = fakeClient({ snapshot: snapshot({ seq: 1 }) }, () => Date.now());
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  function open() {
    const store = createPanelStore();
    const clock = createClock(store);
    const close = mirror(fake.client, store, clock);
    return { store, clock, close };
  }

  it('asks again after a gap, and only then', async () => {
    const { store, close } = open();
    await settle();
    expect(asked('snapshot.get')).toBe(1);
    fake.push.snapshot(snapshot({ seq: 2 }));
    await settle();
    expect(asked('snapshot.get')).toBe(1);
    fake.push.snapshot(snapshot({ seq: 5 }));
    await settle();
    expect(asked('snapshot.get')).toBe(2);
    expect(store.getState().snapshot?.seq).toBe(5);
    close();
  });

  it('has no timer while the panel is hidden', async () => {
    const { close } = open();
    await settle();
    expect(vi.getTimerCount()).toBe(0);
    fake.push.visibility(true);
    expect(vi.getTimerCount()).toBe(1);
    fake.push.visibility(false);
    expect(vi.getTimerCount()).toBe(0);
    close();
  });

  it('asks for what it may have missed when it is shown', async () => {
    const { close } = open();
    await settle();
    fake.push.visibility(true);
    await settle();
    expect(asked('snapshot.get')).toBe(2);
    expect(asked('history.get')).toBe(1);
    close();
  });

  it('asks for a new scan while the one on screen is old, but not at every tick', async () => {
    const { close } = open();
    fake.push.visibility(true);
    await settle();
    const before = asked('snapshot.get');
    await vi.advanceTimersByTimeAsync(12_000);
    expect(asked('snapshot.get') - before).toBe(2);
    close();
  });

  it('opens the review when main says so', async () => {
    const { store, close } = open();
    await settle();
    fake.push.screen('history');
    expect(store.getState()).toMatchObject({ screen: 'history', sheet: null });
    fake.push.screen('review');
    expect(store.getState()).toMatchObject({ screen: 'home', sheet: 'zombies' });
    close();
  });

  it('starts on the welcome at the first run', async () => {
    fake = fakeClient({ snapshot: snapshot(), info: { firstRun: true } });
    const { store, close } = open();
    await settle();
    expect(store.getState().screen).toBe('welcome');
    close();
  });
});
