import type { Verdict } from './snapshot.ts';

/**
 * May a person lift this denial for one process by including it? Live sessions, interactive programs, and kinship to a Java that
 * has none of a Gateway's words; nothing else.
 */
export function isLiftable(verdict: Verdict): boolean {
  if (verdict.kind !== 'protected') return false;
  return verdict.reason === 'live-session' || verdict.reason === 'interactive' || verdict.liftable === true;
}
