import type { HistoryPoint, HistoryView } from '../../../../shared/history.ts';
import { historyEvent } from '../../../../shared/words/history.ts';
import { type Counters, countEntry, type JournalRecord, NO_COUNTS } from '../journal/counters.ts';
import { DAY_MS, type HistoryRing, MINUTE_MS, QUARTER_MS, type Stretch } from './ring.ts';

/** At most this many events are shown, the latest. */
export const MAX_EVENTS = 500;

const BLIND: Omit<Stretch, 'start'> = { client: null, gateway: null, level: 'blind' };

interface Slot {
  stretch: Stretch;
  spanMs: number;
  counters: Counters;
}

const breakerChanges = ({ breakerTransitions }: Counters): number =>
  Object.values(breakerTransitions).reduce((total, changes) => total + changes, 0);

const toPoint = ({ stretch, spanMs, counters }: Slot): HistoryPoint => ({
  at: new Date(stretch.start).toISOString(),
  spanMs,
  client: stretch.client,
  gateway: stretch.gateway,
  level: stretch.level,
  cleanups: counters.cleanups,
  cleanupsClean: counters.cleanupsClean,
  breakerChanges: breakerChanges(counters),
  connectAttempts: counters.connectAttempts,
  connectRetries: counters.connectRetries,
});

/**
 * The record from `from` to `now` (ms): what was seen, by the minute in the last day and by the quarter of an hour before, with what the
 * journal counted in each stretch; and the latest events, oldest first. Stretches in which nothing was seen and nothing happened
 * are absent; one in which something happened but nothing was seen (a guard while no app was watching) has unknown counts.
 */
export function historyView(record: {
  ring: HistoryRing;
  entries: readonly JournalRecord[];
  from: number;
  now: number;
}): HistoryView {
  const { ring, entries, from, now } = record;
  const dayStart = Math.floor((now - DAY_MS) / QUARTER_MS) * QUARTER_MS;
  const spanAt = (time: number) => (time < dayStart ? QUARTER_MS : MINUTE_MS);
  const slots = new Map<number, Slot>();
  const inView = (start: number, spanMs: number) => start + spanMs > from && start <= now && spanAt(start) === spanMs;
  const add = (stretches: readonly Stretch[], spanMs: number) => {
    for (const stretch of stretches) {
      if (inView(stretch.start, spanMs)) slots.set(stretch.start, { stretch, spanMs, counters: NO_COUNTS });
    }
  };
  add(ring.quarters, QUARTER_MS);
  add(ring.minutes, MINUTE_MS);

  const inRange = entries.filter(({ at }) => Date.parse(at) >= from && Date.parse(at) <= now);
  let all = NO_COUNTS;
  for (const entry of inRange) {
    const counted = countEntry(NO_COUNTS, entry);
    if (counted === NO_COUNTS) continue;
    all = countEntry(all, entry);
    const spanMs = spanAt(Date.parse(entry.at));
    const start = Math.floor(Date.parse(entry.at) / spanMs) * spanMs;
    const slot = slots.get(start) ?? { stretch: { start, ...BLIND }, spanMs, counters: NO_COUNTS };
    slots.set(start, { ...slot, counters: countEntry(slot.counters, entry) });
  }

  const points = [...slots.values()].sort((one, other) => one.stretch.start - other.stretch.start).map(toPoint);
  const events = inRange.flatMap((entry) => historyEvent(entry) ?? []).slice(-MAX_EVENTS);
  return { points, events, cleanRate: all.cleanups === 0 ? null : all.cleanupsClean / all.cleanups };
}
