import { totalZombies } from '../../../../shared/severity.ts';
import type { Level, Snapshot } from '../../../../shared/snapshot.ts';

export const MINUTE_MS = 60_000;
export const QUARTER_MS = 900_000;
export const DAY_MS = 86_400_000;

/** A day of minutes, and a quarter of an hour more because the older part begins at a whole quarter. */
const MINUTES_KEPT = (DAY_MS + QUARTER_MS) / MINUTE_MS;
/** A week of quarters of an hour, and the current one. */
const QUARTERS_KEPT = (7 * DAY_MS) / QUARTER_MS + 1;

/** What one scan saw; `null` counts mean that it could not see. */
export interface Sample {
  client: number | null;
  gateway: number | null;
  level: Level;
}

/** The worst of all scans in a stretch of time that starts at `start`, in ms since the epoch. */
export interface Stretch extends Sample {
  start: number;
}

/** The last day by the minute and the last week by the quarter of an hour, each oldest first. Stretches without a scan are absent. */
export interface HistoryRing {
  minutes: readonly Stretch[];
  quarters: readonly Stretch[];
}

export const EMPTY_RING: HistoryRing = { minutes: [], quarters: [] };

/** From harmless to grave. Being blind is graver than a warning: it may hide anything. */
export const LEVELS_BY_GRAVITY: readonly Level[] = ['clear', 'notice', 'warning', 'blind', 'critical'];

const graver = (one: Level, other: Level): Level =>
  LEVELS_BY_GRAVITY.indexOf(one) >= LEVELS_BY_GRAVITY.indexOf(other) ? one : other;

const larger = (one: number | null, other: number | null): number | null => {
  if (one === null || other === null) return one ?? other;
  return Math.max(one, other);
};

const worst = (one: Stretch, other: Sample): Stretch => ({
  start: one.start,
  client: larger(one.client, other.client),
  gateway: larger(one.gateway, other.gateway),
  level: graver(one.level, other.level),
});

/** What a snapshot adds to the history: nothing while there was no scan (asleep, paused), unknown counts when it failed. */
export function sampleOf({ scan, ports, level }: Pick<Snapshot, 'scan' | 'ports' | 'level'>): Sample | null {
  if (scan.kind === 'stale') return null;
  if (scan.kind === 'failed') return { client: null, gateway: null, level };
  return {
    client: totalZombies(ports, 'client'),
    gateway: totalZombies(ports, 'gateway'),
    level,
  };
}

/** Makes room: stretches in the future, left by a clock that was ahead, go first, then the oldest. */
function trim(stretches: Stretch[], kept: number, now: number): Stretch[] {
  while (stretches.length > kept) {
    const last = stretches.at(-1);
    if (last !== undefined && last.start > now) stretches.pop();
    else stretches.shift();
  }
  return stretches;
}

function insert(stretches: readonly Stretch[], stretch: Stretch, kept: number, now: number): Stretch[] {
  const next = [...stretches];
  let index = next.length;
  while (index > 0 && (next[index - 1]?.start ?? 0) > stretch.start) index--;
  const same = next[index - 1];
  if (same?.start === stretch.start) next[index - 1] = worst(same, stretch);
  else next.splice(index, 0, stretch);
  return trim(next, kept, now);
}

/**
 * The ring with one more scan at `now` (wall clock, ms). The clock may jump: a scan is put where its time belongs, and nothing is
 * dropped because of its age, only for lack of room.
 */
export function recordSample(ring: HistoryRing, sample: Sample, now: number): HistoryRing {
  const startOf = (span: number) => Math.floor(now / span) * span;
  return {
    minutes: insert(ring.minutes, { ...sample, start: startOf(MINUTE_MS) }, MINUTES_KEPT, now),
    quarters: insert(ring.quarters, { ...sample, start: startOf(QUARTER_MS) }, QUARTERS_KEPT, now),
  };
}

function mergeStretches(ours: readonly Stretch[], theirs: readonly Stretch[], kept: number, now: number): Stretch[] {
  const byStart = new Map<number, Stretch>();
  for (const stretch of [...ours, ...theirs]) {
    const same = byStart.get(stretch.start);
    byStart.set(stretch.start, same === undefined ? stretch : worst(same, stretch));
  }
  return trim(
    [...byStart.values()].sort((one, other) => one.start - other.start),
    kept,
    now,
  );
}

/** Two rings in one. Merging the same ring again changes nothing, so several programs can share one file. */
export function mergeRings(ours: HistoryRing, theirs: HistoryRing, now: number): HistoryRing {
  return {
    minutes: mergeStretches(ours.minutes, theirs.minutes, MINUTES_KEPT, now),
    quarters: mergeStretches(ours.quarters, theirs.quarters, QUARTERS_KEPT, now),
  };
}
