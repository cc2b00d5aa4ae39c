import { setTimeout as delay } from 'node:timers/promises';

/** Time as the engine sees it, so that tests can bring their own. */
export interface Clock {
  /** Monotonic milliseconds: for ages, deadlines and durations. */
  now(): number;
  /** Wall time in milliseconds since the epoch: only for what people and files read. */
  wall(): number;
  /** Never wakes before `ms` have passed by `now`. */
  sleep(ms: number): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  // A timer drops fractions and may fire up to 1 ms early: a second read 249.5 ms after the first would not count a zombie.
  // A negative time, when what was waited for has passed already, would print a warning.
  sleep: (ms) => delay(Math.max(0, Math.ceil(ms)) + 1),
};

/** A wall time as snapshots and files carry it. */
export function timestamp(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
