import type { Attribution } from '../../observe/attribution.ts';
import type { Proof } from '../proof.ts';

/** When everything a proof rests on was read. Times are monotonic milliseconds. */
export interface Reading {
  by: Attribution['by'];
  began: number;
  ended: number;
}

/** A proof that may be acted on while it is fresh. */
export interface FreshProof extends Proof {
  reading: Reading;
}

/** A native reading began at most this long before a signal that rests on it (law 3). */
const NATIVE_MAX_AGE_MS = 250;
/** A reading through `lsof` took at most this long (law 3). */
const LSOF_MAX_DURATION_MS = 2_000;
/** A reading through `lsof` ended at most this long before a signal that rests on it (law 3). */
const LSOF_MAX_AGE_MS = 250;

/** May a signal still rest on this reading now? Anything but a clear yes is a no: a clock that ran backwards, a time that is no number. */
export function isFresh({ by, began, ended }: Reading, now: number): boolean {
  if (!(began <= ended && ended <= now)) return false;
  if (by === 'native') return now - began <= NATIVE_MAX_AGE_MS;
  return ended - began <= LSOF_MAX_DURATION_MS && now - ended <= LSOF_MAX_AGE_MS;
}
