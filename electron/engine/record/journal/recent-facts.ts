import type { JournalRecord } from './counters.ts';

/** Failed connects count as current for this long. */
const FAILING_MS = 600_000;
/** A bot that was stopped for its zombies this often in a day is a repeat offender. */
const REPEATED = 3;

/** What the journal of the last 24 hours adds to the advice. */
export interface RecentFacts {
  /** Guarded connects that failed in the last 10 minutes, and not only through the bot's own fault, since the last success and the last clean that left the ports clean. */
  failuresAfterClean: number;
  /** Bots stopped for their zombies in three cleans or more, by name. */
  repeatOffenders: string[];
}

/** Derives the facts from the journal's entries, oldest first. `now` is wall time in ms since the epoch. */
export function recentFacts(entries: readonly JournalRecord[], now: number): RecentFacts {
  let failuresAfterClean = 0;
  const plans = new Map<string, Set<unknown>>();
  for (const entry of entries) {
    if (entry.event === 'connect_succeeded' || (entry.event === 'clean_finished' && entry.ok === true)) {
      failuresAfterClean = 0;
    } else if (
      entry.event === 'connect_failed' &&
      entry.ownFault !== true &&
      now - Date.parse(entry.at) <= FAILING_MS
    ) {
      failuresAfterClean += 1;
    } else if (entry.event === 'signal_planned' && typeof entry.zombies === 'number' && entry.zombies > 0) {
      const name = nameOf(entry.process);
      if (name !== null) plans.set(name, (plans.get(name) ?? new Set()).add(entry.planId));
    }
  }
  const repeatOffenders = [...plans].filter(([, cleans]) => cleans.size >= REPEATED).map(([name]) => name);
  return { failuresAfterClean, repeatOffenders };
}

function nameOf(process: unknown): string | null {
  if (typeof process !== 'object' || process === null || !('name' in process)) return null;
  return typeof process.name === 'string' ? process.name : null;
}
