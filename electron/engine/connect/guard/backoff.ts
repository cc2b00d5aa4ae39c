/** How the waits between attempts grow. */
export interface BackoffRules {
  baseMs: number;
  maxMs: number;
  /** The share that chance adds, at most: bots that failed together must not come back together. */
  jitter: number;
}

/** As the bots do it: 1 s doubling to 60 s, and up to a quarter more. */
const BACKOFF: BackoffRules = { baseMs: 1_000, maxMs: 60_000, jitter: 0.25 };

/** How long to wait before the next attempt, in ms, after so many failures (1 or more). `random` gives 0 to 1. */
export function backoffMs(failures: number, random: () => number, rules: BackoffRules = BACKOFF): number {
  const { baseMs, maxMs, jitter } = rules;
  const plain = Math.min(maxMs, baseMs * 2 ** Math.max(0, failures - 1));
  return Math.round(plain * (1 + jitter * random()));
}
