import { stat } from 'node:fs/promises';
import type { DoctorCheck } from '../../../shared/doctor.ts';
import { broken, careful, check, type Finding, fine } from './check.ts';

/** No Sexton ran before this; a clock that says so is not set. */
const BUILT_AFTER = Date.parse('2025-01-01T00:00:00Z');
/** A file of ours may be this much younger than now, for file systems round. */
const TOLERANCE_MS = 60_000;
/** Wall and monotonic clock may drift apart by this much while the doctor looks. */
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
    return careful(
      `${words}. The clock was set by ${jumpMs} ms while Sexton looked. Waiting times are not affected.`,
      fix,
    );
  }
  if (writtenMs !== null && writtenMs - ended.wall > TOLERANCE_MS) {
    return careful(`${words}. The journal was last written later than that, so the clock was set back.`, fix);
  }
  return fine(words);
}
