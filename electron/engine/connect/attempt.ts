/** A session of the guarded command or of a descendant that is ESTABLISHED now. */
export interface SeenSession {
  /** Names this very socket. */
  key: string;
  /** Has the Gateway sent at least one byte? `null` where the system does not say. */
  answered: boolean | null;
}

/** One look at the sessions of a guarded command. `blind`: they could not be read, or not told from those of others. */
export type Sighting = { kind: 'blind' } | { kind: 'seen'; sessions: readonly SeenSession[] };

/** Milliseconds. */
export interface AttemptRules {
  /** From the command's start to its answered session. */
  timeoutMs: number;
  /** How long an answered session must live. */
  stableMs: number;
}

/** An answered session must live this long. */
export const STABLE_MS = 2_000;

/** What is known of an attempt so far. Times are monotonic milliseconds. */
export interface AttemptState {
  startedAt: number;
  /** Since when each session that stands has been seen answered. */
  answeredAt: ReadonlyMap<string, number>;
  /** Some session was answered at some time. */
  everAnswered: boolean;
  /** The last look: could not see; saw a session that was not answered; saw one of which that is not known. */
  last: 'blind' | 'nothing' | 'unanswered' | 'unproven';
}

/** Why the timeout came before a success. `lost`: it was answered, and no session stayed. */
export type AttemptFailure = 'no-session' | 'unanswered' | 'lost';

/**
 * How an attempt stands. `succeeded` without proof: a session lived to the timeout on a system that does not tell received bytes.
 * `unseen`: nothing can be claimed, and the command's own exit is what counts.
 */
export type AttemptVerdict =
  | { kind: 'pending' }
  | { kind: 'answered'; since: number }
  | { kind: 'succeeded'; proven: boolean }
  | { kind: 'unseen' }
  | { kind: 'failed'; why: AttemptFailure };

/** What an exit before success means. `finished`: a short job was answered and done; to start it again would do its work twice. */
export type ExitVerdict = 'finished' | 'unseen' | 'failed';

/** An attempt whose command starts now; `sighting` is of the moment before. */
export function beginAttempt(now: number, sighting: Sighting): AttemptState {
  const last = sighting.kind === 'blind' ? 'blind' : 'nothing';
  return { startedAt: now, answeredAt: new Map(), everAnswered: false, last };
}

/** Takes a look into account. A blind one changes nothing about the sessions: what was not seen is not gone. */
export function noteSighting(state: AttemptState, sighting: Sighting, now: number): AttemptState {
  if (sighting.kind === 'blind') return { ...state, last: 'blind' };
  const answeredAt = new Map<string, number>();
  for (const { key, answered } of sighting.sessions) {
    if (answered === true) answeredAt.set(key, state.answeredAt.get(key) ?? now);
  }
  const everAnswered = state.everAnswered || answeredAt.size > 0;
  return { ...state, answeredAt, everAnswered, last: lastOf(sighting.sessions) };
}

/** How the attempt stands while the command runs. */
export function judgeAttempt(state: AttemptState, rules: AttemptRules, now: number): AttemptVerdict {
  const deadline = state.startedAt + rules.timeoutMs;
  const times = [...state.answeredAt.values()];
  if (state.last !== 'blind' && times.some((since) => now - since >= rules.stableMs)) {
    return { kind: 'succeeded', proven: true };
  }
  // An answer in time gets its two seconds even when they end after the timeout.
  const inTime = times.filter((since) => since < deadline);
  if (inTime.length > 0 && now < deadline + rules.stableMs) return { kind: 'answered', since: Math.min(...inTime) };
  if (now < deadline) return { kind: 'pending' };
  if (state.last === 'blind') return { kind: 'unseen' };
  if (state.last === 'unproven') return { kind: 'succeeded', proven: false };
  if (state.everAnswered) return { kind: 'failed', why: 'lost' };
  return { kind: 'failed', why: state.last === 'unanswered' ? 'unanswered' : 'no-session' };
}

/** What it means that the command has ended by itself, with 0 when `clean`, before the attempt has succeeded. */
export function judgeExit(state: AttemptState, clean: boolean): ExitVerdict {
  if (!clean) return 'failed';
  if (state.everAnswered) return 'finished';
  return state.last === 'blind' ? 'unseen' : 'failed';
}

function lastOf(sessions: readonly SeenSession[]): AttemptState['last'] {
  if (sessions.some(({ answered }) => answered === null)) return 'unproven';
  return sessions.some(({ answered }) => answered === false) ? 'unanswered' : 'nothing';
}
