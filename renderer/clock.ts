import type { PanelStore } from './store.ts';

/** The panel's only timer: one tick a second while it is visible and somebody listens, none otherwise. */
export interface PanelClock {
  /** The time of the last tick, in ms since the epoch; the same value until the next one. */
  tick(): number;
  now(): number;
  subscribe(listener: () => void): () => void;
  dispose(): void;
}

const TICK_MS = 1_000;

/** Makes the clock. It runs only while the store says that the panel is visible. */
export function createClock(store: PanelStore, now: () => number = Date.now): PanelClock {
  const listeners = new Set<() => void>();
  let timer: ReturnType<typeof setInterval> | undefined;
  let last = now();

  const beat = (): void => {
    last = now();
    for (const listener of [...listeners]) listener();
  };
  const arrange = (): void => {
    const run = store.getState().visible && listeners.size > 0;
    if (run && timer === undefined) {
      timer = setInterval(beat, TICK_MS);
      last = now();
    } else if (!run && timer !== undefined) {
      clearInterval(timer);
      timer = undefined;
    }
  };
  const forget = store.subscribe((state, before) => {
    if (state.visible === before.visible) return;
    arrange();
    if (state.visible) beat();
  });

  return {
    tick: () => last,
    now,
    subscribe(listener) {
      listeners.add(listener);
      arrange();
      return () => {
        listeners.delete(listener);
        arrange();
      };
    },
    dispose() {
      forget();
      listeners.clear();
      arrange();
    },
  };
}
