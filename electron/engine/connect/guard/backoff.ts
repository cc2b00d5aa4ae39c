/** How the waits between attempts grow. */
export interface BackoffRules {
  baseMs: number;
  maxMs: number;
  /** The largest random addition, as a share: bots that failed together must not retry together. */
  jitter: number;
}

/** The bots' own backoff: 1 s doubling to 60 s, plus up to a quarter. */
const BACKOFF: BackoffRules = { baseMs: 1_000, maxMs: 60_000, jitter: 0.25 };

/** The wait before the next attempt, in ms, after this many failures (1 or more). `random` returns 0 to 1. */
export function backoffMs(failures: number, random: () => number, rules: BackoffRules = BACKOFF): number {
  const { baseMs, maxMs, jitter } = rules;
  const plain = Math.min(maxMs, baseMs * 2 ** Math.max(0, failures - 1));
  return Math.round(plain * (1 + jitter * random()));
}
