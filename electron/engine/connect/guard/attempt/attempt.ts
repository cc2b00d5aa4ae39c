import type { AttemptFailure, FailureKind } from '../../../../../shared/words/attempt.ts';
import type { Phase } from './connections.ts';
import { furthest, type Replies } from './replies.ts';

/** A connection on a guarded port that appeared during an attempt and does not belong to another program. */
export interface SeenConnection {
  /** Identifies the connection. */
  key: string;
  port: number;
  phase: Phase;
  replies: Replies;
  /** Bytes received by the client end, where segments are not counted; otherwise `null`. */
  bytes: number | null;
  /** The command or a descendant was seen holding it. False: it ended before any holder was seen. */
  own: boolean;
}

/**
 * One observation of a guarded command. `blind`: its connections could not be read, or not distinguished from others'.
 * `listening`: one of the ports has a listener; `null` when that cannot be seen from here.
 */
export type Sighting =
  | { kind: 'blind' }
  | { kind: 'seen'; listening: boolean | null; connections: readonly SeenConnection[] };

/** Milliseconds. */
export interface AttemptRules {
  /** From the command's start to its session. */
  timeoutMs: number;
  /** How long a session must stay up after its handshake. */
  stableMs: number;
}

/** The default of `stableMs`. */
export const STABLE_MS = 2_000;

/** What is known about one connection. `gone`: it left the table without a trace of how it ended. */
interface Tracked extends Omit<SeenConnection, 'phase'> {
  phase: Phase | 'gone';
  /** When it was first seen up with its handshake done; `null` while it is not. */
  connectedAt: number | null;
}

/** What is known about an attempt. Times are monotonic milliseconds. */
export interface AttemptState {
  startedAt: number;
  connections: ReadonlyMap<string, Tracked>;
  /** The last observation was blind. */
  blind: boolean;
  /** True only if every observation so far saw a listener. */
  listening: boolean | null;
}

/**
 * The state of an attempt. `succeeded` without proof: a session stayed up until the timeout on a system that does not
 * report received bytes. `unseen`: nothing can be said, so only the command's exit counts.
 */
export type AttemptVerdict =
  | { kind: 'pending' }
  | { kind: 'connected'; since: number }
  | { kind: 'succeeded'; proven: boolean; port: number }
  | { kind: 'unseen' }
  | { kind: 'failed'; why: AttemptFailure };

/**
 * What an exit before success means. `finished`: a short job connected and ended; starting it again would do its work
 * twice.
 */
export type ExitVerdict =
  | { kind: 'finished'; port: number }
  | { kind: 'unseen' }
  | { kind: 'failed'; why: AttemptFailure };

/** An attempt whose command starts now; `sighting` was made just before. */
export function beginAttempt(now: number, sighting: Sighting): AttemptState {
  const blind = sighting.kind === 'blind';
  return { startedAt: now, connections: new Map(), blind, listening: blind ? null : sighting.listening };
}

/** Adds an observation. A blind one changes nothing about the connections: what was not seen is not gone. */
export function noteSighting(state: AttemptState, sighting: Sighting, now: number): AttemptState {
  if (sighting.kind === 'blind') return { ...state, blind: true };
  const connections = new Map<string, Tracked>();
  for (const [key, one] of state.connections) {
    connections.set(key, { ...one, phase: one.phase === 'open' ? 'gone' : one.phase, connectedAt: null });
  }
  for (const seen of sighting.connections) {
    const before = state.connections.get(seen.key);
    const replies = repliesAfter(before, seen);
    const connected = seen.own && seen.phase === 'open' && replies === 'handshake';
    const connectedAt = connected ? (before?.connectedAt ?? now) : null;
    const own = seen.own || before?.own === true;
    connections.set(seen.key, { ...seen, own, replies, bytes: seen.bytes ?? before?.bytes ?? null, connectedAt });
  }
  const listening = worseOf(state.listening, sighting.listening);
  return { ...state, connections, blind: false, listening };
}

/** The verdict on the attempt while the command runs. */
export function judgeAttempt(state: AttemptState, rules: AttemptRules, now: number): AttemptVerdict {
  const deadline = state.startedAt + rules.timeoutMs;
  const connected = [...state.connections.values()].flatMap(({ connectedAt, port }) =>
    connectedAt === null ? [] : [{ since: connectedAt, port }],
  );
  const stable = connected.find(({ since }) => now - since >= rules.stableMs);
  if (stable !== undefined && !state.blind) return { kind: 'succeeded', proven: true, port: stable.port };
  // A handshake completed in time gets its full stable time, even past the timeout.
  const inTime = connected.filter(({ since }) => since < deadline);
  if (inTime.length > 0 && now < deadline + rules.stableMs) {
    return { kind: 'connected', since: Math.min(...inTime.map(({ since }) => since)) };
  }
  if (now < deadline) return { kind: 'pending' };
  if (state.blind) return { kind: 'unseen' };
  const unproven = [...state.connections.values()].find(
    ({ own, phase, replies }) => own && phase === 'open' && replies === null,
  );
  if (unproven !== undefined) return { kind: 'succeeded', proven: false, port: unproven.port };
  return { kind: 'failed', why: whyFailed(state) };
}

/**
 * What the command's own exit before success means; `clean`: it exited with 0. A session that the Gateway closed first
 * is no finished job: the Gateway does that to a client id in use.
 */
export function judgeExit(state: AttemptState, clean: boolean): ExitVerdict {
  const done = [...state.connections.values()].find(
    ({ replies, phase }) => replies === 'handshake' && phase !== 'closed-by-gateway',
  );
  if (clean && done !== undefined) return { kind: 'finished', port: done.port };
  if (clean && state.blind) return { kind: 'unseen' };
  return { kind: 'failed', why: whyFailed(state) };
}

/** Where segments are not counted, any bytes after the first ones are the second reply. */
function repliesAfter(before: Tracked | undefined, { replies, bytes }: SeenConnection): Replies {
  const earlier = before?.bytes ?? 0;
  return bytes !== null && earlier > 0 && bytes > earlier ? 'handshake' : furthest(before?.replies ?? null, replies);
}

function worseOf(one: boolean | null, other: boolean | null): boolean | null {
  if (one === false || other === false) return false;
  return one === null || other === null ? null : true;
}

/** From the most to the least informative about why an attempt failed. */
const BY_WEIGHT: readonly FailureKind[] = [
  'closed-after-answer',
  'lost',
  'version-only',
  'closed-unanswered',
  'closed-by-gateway',
  'unanswered',
  'not-accepted',
  'unclear',
];

function whyFailed({ connections, listening, blind }: AttemptState): AttemptFailure {
  const all = [...connections.values()];
  const own = all.filter((one) => one.own);
  const telling = own.length > 0 ? own : all;
  const kinds = telling.map((one) => ({ kind: kindOf(one), port: one.port }));
  for (const kind of BY_WEIGHT) {
    const [first, ...more] = kinds.filter((one) => one.kind === kind);
    if (first !== undefined) return { kind, port: first.port, own: own.length > 0, times: 1 + more.length };
  }
  const kind = blind || listening === null ? 'not-seen' : listening ? 'opened-nothing' : 'nobody-listens';
  return { kind, port: null, own: true, times: 0 };
}

function kindOf({ phase, replies }: Tracked): FailureKind {
  const closed = phase === 'closed-by-gateway';
  switch (replies) {
    case 'handshake':
      return closed ? 'closed-after-answer' : 'lost';
    case 'version':
      return closed ? 'closed-after-answer' : 'version-only';
    case 'none':
      if (phase === 'opening') return 'not-accepted';
      return closed ? 'closed-unanswered' : 'unanswered';
    case null:
      if (phase === 'opening') return 'not-accepted';
      return closed ? 'closed-by-gateway' : 'unclear';
  }
}
