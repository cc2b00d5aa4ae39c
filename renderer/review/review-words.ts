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
      lead: 'The watcher did not answer. Look again to see what is true now.',
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
      title: 'Looking who may be stopped…',
      lead: 'Nothing happens before you confirm.',
      button: 'Stop',
      status: '',
    };
  }
  const bots = counted(plan.targets.length, 'bot');
  const grace = durationWords(plan.graceMs);
  if (plan.targets.length === 0 && plan.refused.some(({ liftable }) => liftable)) {
    return {
      title: 'Confirm each one',
      lead: 'Each process below may be in use. It is stopped only if you confirm it beside its name.',
      button: 'Stop',
      status: '',
    };
  }
  if (plan.targets.length === 0) {
    return {
      title: 'Nobody may be stopped',
      lead: 'Each process below is protected, for the reason beside it.',
      button: 'Stop',
      status: '',
    };
  }
  const frees = plan.frees === 0 ? '' : `, free ${counted(plan.frees, 'connection')}`;
  return {
    title: purpose === 'restart' ? `Stop ${bots} for the restart?` : `Stop ${bots}${frees}?`,
    lead: `Each gets SIGTERM, and SIGKILL only if it is still there after ${grace}. All is checked again right before.`,
    button: phase === 'running' ? `Stopping ${bots}…` : `Stop ${bots}`,
    status: statusOf(review),
  };
}

function statusOf({ phase, plan, renewedAt, changed }: Review): string {
  if (phase === 'running') return 'Asked to leave; waiting and looking again.';
  if (phase === 'asking') return 'Looking again…';
  const settles = plan?.settlesInMs ?? 0;
  if (renewedAt !== null) {
    const at = clockTimeExact(new Date(renewedAt).toISOString());
    return changed ? `The list changed at ${at}. Read it again.` : `Looked again at ${at}: nothing changed.`;
  }
  if (settles > 0) return `The youngest connection is acted on in ${durationWords(settles)}, if it is still there.`;
  return '';
}
