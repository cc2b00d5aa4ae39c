/** What decides how soon the next look is due. */
export interface Attention {
  panelOpen: boolean;
  onBattery: boolean;
  asleep: boolean;
  /** Zombies are there and their set still changes. */
  unsettled: boolean;
}

/** While somebody looks, or zombies come and go. */
const CLOSE_MS = 1_000;
/** On battery, with nothing going on. */
const BATTERY_MS = 15_000;
/** Zombies whose set has not changed for this long are stable: a Gateway that holds three all day costs next to nothing. */
export const STABLE_AFTER_MS = 30_000;

/** Milliseconds until the next look; `null` while the machine sleeps. */
export function nextLookIn(intervalMs: number, { panelOpen, onBattery, asleep, unsettled }: Attention): number | null {
  if (asleep) return null;
  if (panelOpen || unsettled) return Math.min(intervalMs, CLOSE_MS);
  return onBattery ? Math.max(intervalMs, BATTERY_MS) : intervalMs;
}
