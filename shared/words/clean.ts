import type { CleanResult, LeftAloneCode, Problem } from '../snapshot.ts';
import { counted, listWords, processWords } from './format.ts';

/** Why a planned target was left alone after all. */
export const LEFT_ALONE = {
  replaced: 'Its process ID now belongs to another process.',
  changed: 'It is no longer the process in the plan.',
  'not-permitted': 'The system did not permit the signal.',
  'still-there': 'It did not end, even after SIGKILL.',
  'closed-itself': 'It closed its connections when asked to stop, but is still running.',
  unseen: 'Sexton could not check it again before the signal, so it sent none.',
  'too-slow': 'Sexton could not check it again quickly enough before the signal, so it sent none.',
  'no-journal': 'The journal cannot be written, so automatic cleaning has stopped.',
} as const satisfies Partial<Record<LeftAloneCode, string>>;

/** Holders named in a sentence; of more only the number is said. */
const NAMED_HOLDERS = 3;

/** Why stopping a process would not help: these others hold the same connections. */
export function freesNothingWords(
  others: readonly { name: string; pid: number; isProtected: boolean }[],
  connections: number,
): string {
  const named = others.slice(0, NAMED_HOLDERS).map(processWords);
  const more = others.length - named.length;
  const who = listWords(more === 0 ? named : [...named, counted(more, 'other', 'others')]);
  const what = connections === 1 ? 'the same connection' : 'the same connections';
  const [hold, be] = others.length === 1 ? ['holds', 'is'] : ['hold', 'are'];
  const why = others.every(({ isProtected }) => isProtected) ? 'protected' : 'not stopped';
  return `Stopping it would free nothing: ${who} ${hold} ${what} and ${be} ${why}.`;
}

/** Says that a signal failed for a reason of the system's own. */
export function signalFailed(detail: string): string {
  return `The signal failed: ${detail}.`;
}

/** The outcome of a clean, in one or two sentences. */
export function cleanMessage(
  result: Pick<CleanResult, 'stopped' | 'refused' | 'remaining'>,
  { recordLost }: { recordLost: boolean },
): string {
  const { stopped, refused, remaining } = result;
  const parts = [];
  if (stopped.length > 0) parts.push(`Stopped ${counted(stopped.length, 'bot')}.`);
  if (remaining === null) parts.push('The remaining connections could not be counted.');
  else if (remaining === 0) parts.push('No zombie connections remain.');
  else parts.push(`${counted(remaining, 'zombie connection')} ${remaining === 1 ? 'remains' : 'remain'}.`);
  if (refused.length > 0) parts.push(`${counted(refused.length, 'process', 'processes')} left alone.`);
  if (recordLost) parts.push('The journal could not be written, so this clean is not recorded.');
  return parts.join(' ');
}

/** One line for a problem: which tool, what about it, what to do. */
export function problemSentence({ code, tool, hint }: Problem): string {
  const what = {
    'tool-missing': 'is missing',
    'tool-timeout': 'did not answer in time',
    'tool-failed': 'failed',
    'output-unreadable': 'printed output that Sexton cannot read',
    'not-permitted': 'is not permitted to see everything',
    'counts-disagree': 'disagrees with the kernel',
  }[code];
  const advice = /[.!?]$/.test(hint) ? hint : `${hint}.`;
  // A hint that begins with the tool says itself what is wrong.
  return advice.startsWith(tool) || advice.startsWith('/') ? advice : `${tool} ${what}. ${advice}`;
}
