import type { Engine } from '../../../electron/engine/api.ts';
import { failure, success } from '../../../shared/result.ts';
import { DEFAULT_SETTINGS, type Settings, settingsSchema } from '../../../shared/settings/settings.ts';
import type { Snapshot } from '../../../shared/snapshot.ts';
import { snapshotOf } from './snapshots.ts';

/** An engine without a machine: it shows what a test publishes, and remembers its calls. */
export interface FakeEngine extends Engine {
  /** Publishes a snapshot. */
  show(snapshot: Snapshot): void;
  readonly asked: { call: string; with: unknown }[];
}

/** Makes an engine that shows a quiet machine. */
export function fakeEngine(initial: Snapshot = snapshotOf()): FakeEngine {
  let snapshot = initial;
  let settings: Settings = DEFAULT_SETTINGS;
  const listeners = new Set<(next: Snapshot, previous: Snapshot) => void>();
  const settingsListeners = new Set<(settings: Settings) => void>();
  const asked: FakeEngine['asked'] = [];
  const note = async (call: string, input?: unknown) => {
    asked.push({ call, with: input });
  };
  return {
    asked,
    show: (next) => {
      const previous = snapshot;
      snapshot = next;
      for (const listener of listeners) listener(next, previous);
    },
    snapshot: () => snapshot,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    start: () => note('start'),
    stop: () => note('stop'),
    scan: async () => {
      await note('scan');
      return snapshot;
    },
    plan: async (request) => {
      await note('plan', request);
      return failure({ code: 'busy' });
    },
    clean: async (planId, by) => {
      await note('clean', { planId, by });
      return failure({ code: 'plan-unknown' });
    },
    resetBreaker: () => note('resetBreaker'),
    holdBreaker: () => note('holdBreaker'),
    settings: () => settings,
    setSettings: async (patch) => {
      await note('setSettings', patch);
      settings = settingsSchema.parse({ ...settings, ...patch });
      for (const listener of settingsListeners) listener(settings);
      return success(settings);
    },
    subscribeSettings: (listener) => {
      settingsListeners.add(listener);
      return () => settingsListeners.delete(listener);
    },
    startRestart: () => note('startRestart'),
    advanceRestart: () => note('advanceRestart'),
    cancelRestart: () => note('cancelRestart'),
    history: async (range) => {
      await note('history', range);
      return { points: [], events: [], cleanRate: null };
    },
    pause: async (durationMs) => {
      await note('pause', durationMs);
      return success(null);
    },
    noteAlerts: (changes) => {
      asked.push({ call: 'noteAlerts', with: changes });
    },
    setAttention: (attention) => {
      asked.push({ call: 'setAttention', with: attention });
    },
  };
}
