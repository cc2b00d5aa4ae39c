import type { BreakerState } from '../../../../shared/snapshot.ts';
import {
  type Breaker,
  type BreakerEvent,
  type BreakerRules,
  breakerView,
  FRESH_BREAKER,
  type Moment,
  reduceBreaker,
} from './breaker.ts';

/** Identifies a breaker: a guarded port, or `null` for the one that guards without a port share. */
export type BreakerKey = number | null;

/** A breaker, and when its counters were last written to the journal. */
export interface KeptBreaker {
  breaker: Breaker;
  toldAt: string | null;
}

/** All breakers of this user. */
export type Breakers = ReadonlyMap<BreakerKey, KeptBreaker>;

/** A breaker as people see it, with its port. */
export interface PortBreaker extends BreakerState {
  port: BreakerKey;
}

/** The breaker of a key. A port without reports yet is held while the shared breaker is: then every port is held. */
export function breakerOf(breakers: Breakers, key: BreakerKey): KeptBreaker {
  const known = breakers.get(key);
  if (known !== undefined) return known;
  const shared = breakers.get(null);
  return shared?.breaker.mode.kind === 'held' ? shared : { breaker: FRESH_BREAKER, toldAt: null };
}

/** The keys that an event without a port applies to: every breaker, the shared one included. */
export function everyKey(breakers: Breakers): BreakerKey[] {
  return [...new Set([null, ...breakers.keys()])];
}

/** The breakers after an event to one of them; the same ones when nothing has changed. */
export function reduceOne(
  breakers: Breakers,
  key: BreakerKey,
  event: BreakerEvent,
  now: Moment,
  rules: BreakerRules,
): Breakers {
  const { breaker, toldAt } = breakerOf(breakers, key);
  const after = reduceBreaker(breaker, event, now, rules);
  return after === breaker ? breakers : new Map(breakers).set(key, { breaker: after, toldAt });
}

/** Every breaker as people see it, the worst first. */
export function viewBreakers(breakers: Breakers, now: Moment, rules: BreakerRules): PortBreaker[] {
  const views = [...breakers].map(([port, { breaker }]) => ({ ...breakerView(breaker, now, rules), port }));
  return views.toSorted(
    (one, other) =>
      BY_WEIGHT.indexOf(one.state) - BY_WEIGHT.indexOf(other.state) ||
      other.failures - one.failures ||
      (one.port ?? 0) - (other.port ?? 0),
  );
}

/** The breaker of one key as people see it. */
export function viewBreaker(breakers: Breakers, port: BreakerKey, now: Moment, rules: BreakerRules): PortBreaker {
  return { ...breakerView(breakerOf(breakers, port).breaker, now, rules), port };
}

/** A breaker without its port, which its reason names instead. */
export function withoutPort({ port, ...state }: PortBreaker): BreakerState {
  const { reason } = state;
  return port === null || reason === null ? state : { ...state, reason: `port ${port}: ${reason}` };
}

/** In the order of the snapshot's level: open is critical, held by hand is a notice. */
const BY_WEIGHT: readonly BreakerState['state'][] = ['open', 'held', 'half_open', 'closed', 'unused'];
