import { clockTimeExact, counted, durationWords } from '../../shared/words/format.ts';
import { planErrorWords } from '../../shared/words/plan.ts';
import type { Review } from './review.ts';

/** The sentences of the review sheet: its title, its lead, its button and the line above the buttons. */
export interface ReviewWords {
  title: string;
  lead: string;
  button: string;
  status: string;
}

/** What the sheet says in each phase; `purpose` tells cleaning from the guide's first step. */
export function reviewWords(review: Review, purpose: 'zombies' | 'restart'): ReviewWords {
  const { phase, plan } = review;
  if (phase === 'lost') {
    return {
      title: 'No answer',
      lead: 'Sexton did not answer. Scan again to see the current state.',
      button: '',
      status: '',
    };
  }
  if (phase === 'failed' && review.error !== null) {
    return { title: planErrorWords(review.error).title, lead: 'Nothing was stopped.', button: '', status: '' };
  }
  if (phase === 'done') {
    return {
      title: review.result?.ok ? 'Done' : 'Partly done',
      lead: review.result?.message ?? '',
      button: '',
      status: '',
    };
  }
  if (plan === null) {
    return {
      title: 'Checking which bots can be stopped…',
      lead: 'Nothing happens before you confirm.',
      button: 'Stop',
      status: '',
    };
  }
  const bots = counted(plan.targets.length, 'bot');
  const grace = durationWords(plan.graceMs);
  if (plan.targets.length === 0 && plan.refused.some(({ liftable }) => liftable)) {
    return {
      title: 'Confirm each bot',
      lead: 'Each bot below may be in use. Sexton stops it only if you confirm it next to its name.',
      button: 'Stop',
      status: '',
    };
  }
  if (plan.targets.length === 0) {
    return {
      title: 'No bot can be stopped',
      lead: 'Each process below is left alone, for the reason next to it.',
      button: 'Stop',
      status: '',
    };
  }
  const frees = plan.frees === 0 ? '' : `, free ${counted(plan.frees, 'connection')}`;
  return {
    title: purpose === 'restart' ? `Stop ${bots} for the restart?` : `Stop ${bots}${frees}?`,
    lead: `Each gets SIGTERM, then SIGKILL if it is still running after ${grace}. Sexton checks everything again before each signal.`,
    button: phase === 'running' ? `Stopping ${bots}…` : `Stop ${bots}`,
    status: statusOf(review),
  };
}

function statusOf({ phase, plan, renewedAt, changed }: Review): string {
  if (phase === 'running') return 'Waiting for them to exit, then scanning again.';
  if (phase === 'asking') return 'Scanning again…';
  const settles = plan?.settlesInMs ?? 0;
  if (renewedAt !== null) {
    const at = clockTimeExact(new Date(renewedAt).toISOString());
    return changed ? `The list changed at ${at}. Please review it again.` : `Scanned again at ${at}: nothing changed.`;
  }
  if (settles > 0) return `The newest connection can be cleaned in ${durationWords(settles)}, if it is still there.`;
  return '';
}
