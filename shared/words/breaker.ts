import type { BreakerState } from '../snapshot.ts';
import { countdownWords, counted } from './format.ts';

/** The word of each breaker state. */
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
      return 'Counts failed connects of sexton guard';
    case 'closed':
      return `${breaker.failures} of ${counted(breaker.threshold, 'failure')}`;
    case 'open':
      return breaker.retryAt === null
        ? 'No connects for now'
        : `Tries again in ${countdownWords(Date.parse(breaker.retryAt) - now)}`;
    case 'half_open':
      return `Lets one connect through to try · ${counted(breaker.successes, 'success', 'successes')} so far`;
    case 'held':
      return 'No guarded bot connects until you reset it';
  }
}
