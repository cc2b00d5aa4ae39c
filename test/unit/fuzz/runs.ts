import type { Parameters as Runs } from 'fast-check';

/** How many runs a longer session wants of every property (`npm run fuzz`); the short mode's own number when it is not set. */
const WANTED = Number(process.env.SEXTON_FUZZ_RUNS ?? 0);

/** A seed of its own for a longer session; a failing run prints it. */
const SEED = Number(process.env.SEXTON_FUZZ_SEED ?? Date.now());

/** One run of a slow property counts as so many: a longer session divides by it. */
export function runs<Value>(short: number, { slow = 1 } = {}): Runs<Value> {
  return WANTED > 0
    ? { numRuns: Math.max(short, Math.ceil(WANTED / slow)), seed: SEED }
    : { numRuns: short, seed: 20_260_106 };
}

/** How long a property may take, in ms: as long as it needs in a longer session. */
export const TIMEOUT_MS = WANTED > 0 ? 3_600_000 : 60_000;
