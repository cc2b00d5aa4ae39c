import { setTimeout as delay } from 'node:timers/promises';

/** The engine's clock, so that tests can supply their own. */
export interface Clock {
  /** Monotonic milliseconds: for ages, deadlines and durations. */
  now(): number;
  /** Wall time in milliseconds since the epoch: only for what people and files read. */
  wall(): number;
  /** Never resolves before `ms` have passed by `now`. */
  sleep(ms: number): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  // A timer drops fractions and may fire up to 1 ms early: a second read 249.5 ms after the first would not count a
  // zombie. A negative time, when the deadline has already passed, would print a warning.
  sleep: (ms) => delay(Math.max(0, Math.ceil(ms)) + 1),
};

/** A wall time in the form snapshots and files use. */
export function timestamp(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
