/**
 * Makes time pass `speed` times as fast for everything in this process: clocks and timers, not the work itself. So that hours of an app's
 * life, in which it mostly waits, can be measured in minutes.
 */
export function hurry(speed: number): void {
  if (speed === 1) return;
  const [realNow, realDate, realTimeout] = [performance.now.bind(performance), Date, globalThis.setTimeout];
  const began = { monotonic: realNow(), wall: Date.now() };
  const elapsed = () => (realNow() - began.monotonic) * speed;
  performance.now = () => began.monotonic + elapsed();
  globalThis.Date = class extends realDate {
    constructor(...args: [] | [number | string | Date]) {
      if (args.length === 0) super(began.wall + elapsed());
      else super(...args);
    }
    static override now(): number {
      return began.wall + elapsed();
    }
  } as DateConstructor;
  const hurried = (callback: (...args: unknown[]) => void, ms = 0, ...rest: unknown[]) =>
    realTimeout(callback, ms / speed, ...rest);
  globalThis.setTimeout = Object.assign(hurried, {
    __promisify__: realTimeout.__promisify__,
  }) as unknown as typeof setTimeout;
}
