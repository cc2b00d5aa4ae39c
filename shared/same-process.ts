/** A process as a snapshot or the journal shows it. */
interface Shown {
  pid: number;
  startedAt: string;
}

/**
 * Start times of one process, as two programs show them, differ by up to this: Linux counts them from the boot time, which two
 * readings may put a second apart, and `ps` on macOS cuts them to whole seconds.
 */
const SAME_START_MS = 2_000;

/** Did two programs show the same process? A start time that is no time is nobody's. Never enough to signal a process by. */
export function isSameShown(one: Shown, other: Shown): boolean {
  const apartMs = Math.abs(Date.parse(one.startedAt) - Date.parse(other.startedAt));
  return one.pid === other.pid && apartMs <= SAME_START_MS;
}
