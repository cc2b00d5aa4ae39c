import type { Attribution } from '../../observe/attribution.ts';
import type { Proof } from '../proof.ts';

/** When the data behind a proof was read. Times are monotonic milliseconds. */
export interface Reading {
  by: Attribution['by'];
  began: number;
  ended: number;
}

/** A proof with the time of its reading: it may be acted on while fresh. */
export interface FreshProof extends Proof {
  reading: Reading;
}

/** Maximum time from the start of a native reading to a signal that rests on it (law 3). */
const NATIVE_MAX_AGE_MS = 250;
/** Maximum duration of a reading through `lsof` (law 3). */
const LSOF_MAX_DURATION_MS = 2_000;
/** Maximum time from the end of a reading through `lsof` to a signal that rests on it (law 3). */
const LSOF_MAX_AGE_MS = 250;

/** May a signal still rest on this reading? Anything but a clear yes is a no, such as a clock that ran backwards or a NaN. */
export function isFresh({ by, began, ended }: Reading, now: number): boolean {
  if (!(began <= ended && ended <= now)) return false;
  if (by === 'native') return now - began <= NATIVE_MAX_AGE_MS;
  return ended - began <= LSOF_MAX_DURATION_MS && now - ended <= LSOF_MAX_AGE_MS;
}
