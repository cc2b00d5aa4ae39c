import type { Agreement } from './agreement.ts';

/** An agreement holds for so long. */
const LASTS_MS = 24 * 60 * 60 * 1000;
/** So long before its end the next comparison is due, so that trust does not lapse between two of them. */
const EARLY_MS = 60 * 60 * 1000;

/** The last comparison of libproc with lsof. */
export interface Comparison {
  kind: Agreement['kind'];
  /** Milliseconds since 1970. */
  at: number;
  /** The macOS it was made on, by its build: an update changes it. */
  system: string;
}

/** Whether what libproc says may be used, or why not. */
export type Trust =
  | { trusted: true; since: number }
  | { trusted: false; why: 'never-compared' | 'nothing-compared' | 'disagreed' | 'system-changed' | 'expired' };

/**
 * Trusted only after it agreed: on this very build of macOS, at most a day ago, and never in the future, which a clock that was set
 * back makes of it.
 */
export function judgeTrust(last: Comparison | null, now: number, system: string): Trust {
  if (last === null) return { trusted: false, why: 'never-compared' };
  if (last.system !== system) return { trusted: false, why: 'system-changed' };
  if (last.kind === 'disagreed') return { trusted: false, why: 'disagreed' };
  if (last.kind === 'nothing') return { trusted: false, why: 'nothing-compared' };
  if (last.at > now || now - last.at >= LASTS_MS) return { trusted: false, why: 'expired' };
  return { trusted: true, since: last.at };
}

/** Whether libproc and lsof should be compared now: whenever it is not trusted, and shortly before an agreement ends. */
export function isComparisonDue(last: Comparison | null, now: number, system: string): boolean {
  const trust = judgeTrust(last, now, system);
  return !trust.trusted || now - trust.since >= LASTS_MS - EARLY_MS;
}
