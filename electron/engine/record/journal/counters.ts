import type { BreakerState, Totals } from '../../../../shared/snapshot.ts';

/** What the journal counts over its whole life, across restarts, programs and rotations. */
export interface Counters extends Totals {
  /** Changes of the breaker's state, by the state it changed to. */
  breakerTransitions: Readonly<Record<BreakerState['state'], number>>;
}

/** A line of the journal as it is read back. Whichever program wrote it, only these two fields are certain. */
export interface JournalRecord {
  readonly at: string;
  readonly event: string;
  readonly [field: string]: unknown;
}

export const NO_COUNTS: Counters = {
  cleanups: 0,
  cleanupsClean: 0,
  connectAttempts: 0,
  connectRetries: 0,
  breakerTransitions: { closed: 0, open: 0, half_open: 0, held: 0, unused: 0 },
};

const count = (value: unknown): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0;

const fields = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** Counters carried over from an earlier file; a missing or invalid one is 0. */
export function carriedCounters(value: unknown): Counters {
  const given = fields(value);
  const transitions = fields(given.breakerTransitions);
  return {
    cleanups: count(given.cleanups),
    cleanupsClean: count(given.cleanupsClean),
    connectAttempts: count(given.connectAttempts),
    connectRetries: count(given.connectRetries),
    breakerTransitions: {
      closed: count(transitions.closed),
      open: count(transitions.open),
      half_open: count(transitions.half_open),
      held: count(transitions.held),
      unused: count(transitions.unused),
    },
  };
}

/** The counters after one more entry. */
export function countEntry(counters: Counters, entry: JournalRecord): Counters {
  switch (entry.event) {
    case 'clean_finished':
      return {
        ...counters,
        cleanups: counters.cleanups + 1,
        cleanupsClean: counters.cleanupsClean + (entry.ok === true ? 1 : 0),
      };
    case 'connect_attempt':
      return {
        ...counters,
        connectAttempts: counters.connectAttempts + 1,
        connectRetries: counters.connectRetries + (count(entry.attempt) > 1 ? 1 : 0),
      };
    case 'circuit_breaker_state_change': {
      const state = String(entry.state);
      if (!Object.hasOwn(counters.breakerTransitions, state)) return counters;
      const to = state as BreakerState['state'];
      const breakerTransitions = { ...counters.breakerTransitions, [to]: counters.breakerTransitions[to] + 1 };
      return { ...counters, breakerTransitions };
    }
    default:
      return counters;
  }
}

/** The sum of two counts of different stretches. */
export function addCounters(one: Counters, other: Counters): Counters {
  const sum = (name: BreakerState['state']) => one.breakerTransitions[name] + other.breakerTransitions[name];
  return {
    cleanups: one.cleanups + other.cleanups,
    cleanupsClean: one.cleanupsClean + other.cleanupsClean,
    connectAttempts: one.connectAttempts + other.connectAttempts,
    connectRetries: one.connectRetries + other.connectRetries,
    breakerTransitions: {
      closed: sum('closed'),
      open: sum('open'),
      half_open: sum('half_open'),
      held: sum('held'),
      unused: sum('unused'),
    },
  };
}

/** The four counters a snapshot shows. */
export function totalsOf({ cleanups, cleanupsClean, connectAttempts, connectRetries }: Counters): Totals {
  return { cleanups, cleanupsClean, connectAttempts, connectRetries };
}
