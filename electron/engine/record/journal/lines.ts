import type { Counters, JournalRecord } from './counters.ts';
import { addCounters, carriedCounters, countEntry, NO_COUNTS } from './counters.ts';

/** An entry as its line, with the newline. JSON escapes newlines, so an entry never spans two lines. */
export function lineOf(entry: object): string {
  return `${JSON.stringify(entry)}\n`;
}

/** A line read back; `null` when it is not an entry. */
export function parseLine(line: string): JournalRecord | null {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return null;
    const { at, event } = value as Record<string, unknown>;
    if (typeof event !== 'string' || typeof at !== 'string' || Number.isNaN(Date.parse(at))) return null;
    return value as JournalRecord;
  } catch {
    return null;
  }
}

/** The counts of a part of the journal. `complete`: it includes everything counted before that part. */
export interface Counted {
  counters: Counters;
  complete: boolean;
}

export const NOTHING_COUNTED: Counted = { counters: NO_COUNTS, complete: false };

/** Only these lines are worth parsing when counting; a file has many others. */
const COUNTED_EVENTS = /"event":"(?:clean_finished|connect_attempt|circuit_breaker_state_change|totals_carried)"/;

/** Adds the counts of further whole lines. */
export function countLines(counted: Counted, text: string): Counted {
  let { counters, complete } = counted;
  for (const line of text.split('\n')) {
    const entry = COUNTED_EVENTS.test(line) ? parseLine(line) : null;
    if (entry === null) continue;
    if (entry.event === 'totals_carried') {
      counters = carriedCounters(entry.counters);
      complete = true;
    } else counters = countEntry(counters, entry);
  }
  return { counters, complete };
}

/** Adds the counts of older files to a part that does not include them. */
export function countOnTopOf(older: Counted, newer: Counted): Counted {
  if (newer.complete) return newer;
  return { counters: addCounters(older.counters, newer.counters), complete: older.complete };
}
