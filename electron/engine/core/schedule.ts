/** What determines when the next scan is due. */
export interface Attention {
  panelOpen: boolean;
  onBattery: boolean;
  asleep: boolean;
  /** There are zombies and their set still changes. */
  unsettled: boolean;
}

/** While the panel is open, or zombies come and go. */
const CLOSE_MS = 1_000;
const BATTERY_MS = 15_000;
/** Zombies whose set has not changed for this long are stable: a Gateway that holds three all day must cost next to nothing. */
export const STABLE_AFTER_MS = 30_000;

/** Milliseconds until the next scan; `null` while the machine sleeps. */
export function nextLookIn(intervalMs: number, { panelOpen, onBattery, asleep, unsettled }: Attention): number | null {
  if (asleep) return null;
  if (panelOpen || unsettled) return Math.min(intervalMs, CLOSE_MS);
  return onBattery ? Math.max(intervalMs, BATTERY_MS) : intervalMs;
}
