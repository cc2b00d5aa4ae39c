/** How far the clocks were put forward, in ms; asleep, the monotonic one stands still. */
const passed = { awake: 0, asleep: 0 };

/** From now on the clocks of this process are those of a machine on which time passes when a test says so. */
export function doubleClocks(): void {
  const monotonic = performance.now.bind(performance);
  const wall = Date.now;
  performance.now = () => monotonic() + passed.awake;
  Date.now = () => wall() + passed.awake + passed.asleep;
}

/** Puts the clocks forward; timers stay as they are. */
export function passTime(ms: number, asleep: boolean): void {
  passed[asleep ? 'asleep' : 'awake'] += ms;
}
