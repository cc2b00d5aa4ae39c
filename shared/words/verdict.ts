import type { ProtectedReason, Verdict } from '../snapshot.ts';

/** Why a process is protected, as a sentence without its subject. */
export const PROTECTED_WORDS: Readonly<Record<ProtectedReason, string>> = {
  'gateway-listener': 'It listens on an API port or serves a connection on one. Only you can restart it.',
  'gateway-family': 'It is a parent or a child of TWS, IB Gateway or another process that serves an API port.',
  'gateway-program': 'It is TWS, IB Gateway, IBC or Java. Only you can restart it.',
  forwarder: 'It forwards the API port. Stopping it would cut off every bot behind it.',
  self: 'It is Sexton itself, or a process that started Sexton.',
  'other-user': 'It belongs to another user of this machine.',
  'live-session': 'It has a live API session and may be trading.',
  interactive:
    'It is a notebook, a bot under a debugger or an interactive Python. Stopping it loses everything in its memory.',
  'not-a-bot': 'It is not on the list of bots, so Sexton leaves it alone.',
  unproven: 'Sexton could not prove which process this is, or that the connection belongs to it.',
};

/** The badge of an owner: may it be cleaned? */
export function verdictBadge(verdict: Verdict): 'Can clean' | 'Protected' | 'Live session' {
  if (verdict.kind === 'cleanable') return 'Can clean';
  return verdict.reason === 'live-session' ? 'Live session' : 'Protected';
}

/** The verdict in words for a person. */
export function verdictSentence(verdict: Verdict): string {
  if (verdict.kind === 'protected') return protectedSentence(verdict);
  return verdict.reason === 'python'
    ? 'A Python bot without a live session: stopping it frees the connection.'
    : 'On your list of bots and without a live session: stopping it frees the connection.';
}

function protectedSentence({ reason, detail, liftable, unanswered }: Extract<Verdict, { kind: 'protected' }>): string {
  if (detail === undefined) return PROTECTED_WORDS[reason];
  if (reason === 'live-session') {
    const end = unanswered ? ', so it is probably hung. Include it if you are sure.' : ' and may be trading.';
    return `${detail.slice(0, 1).toUpperCase()}${detail.slice(1)}${end}`;
  }
  const end = liftable ? ' Include it only if you are sure that it is not a Gateway.' : '';
  return reason === 'interactive'
    ? `It is ${detail}. Stopping it loses everything in its memory.`
    : `It is ${detail}.${end}`;
}
