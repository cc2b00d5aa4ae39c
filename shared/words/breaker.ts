import type { BreakerState } from '../snapshot.ts';
import { countdownWords, counted } from './format.ts';

/** The name of each breaker state. */
export const BREAKER_WORDS: Readonly<Record<BreakerState['state'], string>> = {
  closed: 'Closed',
  open: 'Open',
  half_open: 'Half-open',
  held: 'Held open',
  unused: 'Not in use',
};

/** The state of a breaker in one line below its pips. */
export function breakerSentence(breaker: BreakerState, now: number): string {
  switch (breaker.state) {
    case 'unused':
      return 'Counts failed attempts by sexton guard';
    case 'closed':
      return `${breaker.failures} of ${counted(breaker.threshold, 'failure')}`;
    case 'open':
      return breaker.retryAt === null
        ? 'No attempts for now'
        : `Next attempt in ${countdownWords(Date.parse(breaker.retryAt) - now)}`;
    case 'half_open':
      return `Allows one attempt · ${counted(breaker.successes, 'success', 'successes')} so far`;
    case 'held':
      return 'Guarded bots wait until you reset it';
  }
}
