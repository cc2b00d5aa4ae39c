import { counted, durationWords } from './format.ts';

/**
 * What was seen of a guarded attempt that failed. `nobody-listens`, `opened-nothing` (somebody listens), `not-seen` (whether somebody
 * listens is unknown too), `not-accepted` (TCP never came up), `unanswered` (accepted, and no byte), `version-only` (the first reply
 * and not the second), `closed-unanswered`, `closed-after-answer` and `closed-by-gateway` (not known whether it answered): the
 * Gateway closed first; `lost`: it was connected and did not stay so; `unclear`: too short to see what came of it.
 */
export type FailureKind =
  | 'nobody-listens'
  | 'opened-nothing'
  | 'not-seen'
  | 'not-accepted'
  | 'unanswered'
  | 'version-only'
  | 'closed-unanswered'
  | 'closed-after-answer'
  | 'closed-by-gateway'
  | 'lost'
  | 'unclear';

/** Why a guarded attempt failed. */
export interface AttemptFailure {
  kind: FailureKind;
  /** The port of the connection that tells; `null` without one. */
  port: number | null;
  /** False: nobody was seen to hold that connection, so it is only probably the bot's. */
  own: boolean;
  /** How many of its connections ended like that. */
  times: number;
}

/** A bot that opened nothing although a Gateway listens has a fault of its own, which says nothing about the Gateway. */
export function isOwnFault({ kind }: AttemptFailure): boolean {
  return kind === 'opened-nothing';
}

interface Order {
  bot: string;
  ports: readonly number[];
  timeoutMs: number;
}

/** Why a guarded attempt failed at its timeout, as a clause for the record: who did not do what, and where. */
export function attemptFailed(why: AttemptFailure, { bot, ports, timeoutMs }: Order): string {
  const clause = seenWords(why, bot, `${bot}'s`, ports);
  return TIMELESS.has(why.kind) ? clause : `${clause} within ${durationWords(timeoutMs)}`;
}

/** The clause for a command that ended before it was connected: how it ended, and what was seen of it. */
export function endedEarly(
  how: { code: number } | { signal: string },
  why: AttemptFailure,
  { bot, ports }: Pick<Order, 'bot' | 'ports'>,
): string {
  const end = 'code' in how ? `with exit code ${how.code}` : `by ${how.signal}`;
  return `${bot} ended ${end}: ${seenWords(why, 'it', 'its', ports)}`;
}

/** What of a failure does not depend on how long was waited. */
const TIMELESS: ReadonlySet<FailureKind> = new Set([
  'nobody-listens',
  'closed-unanswered',
  'closed-after-answer',
  'closed-by-gateway',
  'unclear',
]);

function seenWords({ kind, own, times }: AttemptFailure, who: string, whose: string, ports: readonly number[]): string {
  const where = ports.join(', ');
  const short = `a short connection, probably ${whose === 'its' ? 'its own' : whose}`;
  const connection = own ? (times > 1 ? `${whose} ${counted(times, 'connection')}` : `${whose} connection`) : short;
  switch (kind) {
    case 'nobody-listens':
      return `nobody listens on ${where}`;
    case 'opened-nothing':
      return `${who} opened no connection on ${where}`;
    case 'not-seen':
      return `no connection on ${where} was seen`;
    case 'not-accepted':
      return `the Gateway did not accept ${connection}`;
    case 'unanswered':
      return `the Gateway accepted ${connection} and did not answer`;
    case 'version-only':
      return `the Gateway answered ${connection} with its version and nothing more`;
    case 'closed-unanswered':
      return `the Gateway accepted ${connection} and closed it without an answer`;
    case 'closed-after-answer':
      return `the Gateway answered ${connection} and then closed it (client id in use?)`;
    case 'closed-by-gateway':
      return `the Gateway closed ${connection}`;
    case 'lost':
      return `${who} was connected, but no session stayed open`;
    case 'unclear':
      return `${connection} ended before Sexton could see the result`;
  }
}
