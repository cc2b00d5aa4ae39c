import { stat } from 'node:fs/promises';
import type { DoctorCheck } from '../../../shared/doctor.ts';
import { broken, careful, check, type Finding, fine } from './check.ts';

/** Sexton did not exist before this date, so a clock that shows an earlier time is not set. */
const BUILT_AFTER = Date.parse('2025-01-01T00:00:00Z');
/** The journal's time may be this far in the future, because file systems round. */
const TOLERANCE_MS = 60_000;
/** The wall clock and the monotonic clock may drift apart by this much during the checks. */
const DRIFT_MS = 500;

/** A moment by both clocks, in ms. */
export interface Instant {
  wall: number;
  monotonic: number;
}

/** The line about the clock: is it plausible, does it stand still or jump, and did it run ahead before? `fix` sets it right. */
export async function clockCheck(fix: string, began: Instant, ended: Instant, journal: string): Promise<DoctorCheck> {
  const written = await stat(journal).then(
    ({ mtimeMs }) => mtimeMs,
    () => null,
  );
  return check('clock', 'Clock', clockFinding(fix, began, ended, written));
}

/** Judges the clock; `writtenMs` is when the journal was last written, if it ever was. */
export function clockFinding(fix: string, began: Instant, ended: Instant, writtenMs: number | null): Finding {
  const now = new Date(ended.wall);
  const words = `${now.toISOString()} · ${Intl.DateTimeFormat().resolvedOptions().timeZone}`;
  if (ended.wall < BUILT_AFTER) return broken(`${words}. The clock is not set.`, fix);
  const jumpMs = Math.round(ended.wall - began.wall - (ended.monotonic - began.monotonic));
  if (Math.abs(jumpMs) > DRIFT_MS) {
    return careful(`${words}. The clock jumped by ${jumpMs} ms during the checks. This does not affect timeouts.`, fix);
  }
  if (writtenMs !== null && writtenMs - ended.wall > TOLERANCE_MS) {
    return careful(`${words}. The journal was last written at a later time, so the clock was set back.`, fix);
  }
  return fine(words);
}
