/** How far the clocks were moved forward, in ms; during sleep the monotonic one stops. */
const passed = { awake: 0, asleep: 0 };

/** From now on a test can move the clocks of this process. */
export function doubleClocks(): void {
  const monotonic = performance.now.bind(performance);
  const wall = Date.now;
  performance.now = () => monotonic() + passed.awake;
  Date.now = () => wall() + passed.awake + passed.asleep;
}

/** Moves the clocks forward; timers stay as they are. */
export function passTime(ms: number, asleep: boolean): void {
  passed[asleep ? 'asleep' : 'awake'] += ms;
}
