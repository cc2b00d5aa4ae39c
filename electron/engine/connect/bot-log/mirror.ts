import type { BreakerState } from '../../../../shared/snapshot.ts';
import { serial } from '../../serial.ts';
import { type FollowStatus, LogFollower } from './follow.ts';
import { parseRunnerLine, type RunnerEvent } from './lines.ts';

/** What a bot's log says, as far as it has been read. */
export interface RunnerLogView {
  status: FollowStatus;
  breaker: BreakerState;
  /** "Already connected" errors: their number, and the times of the latest ones, oldest first. */
  alreadyConnected: { count: number; times: string[] };
}

/** Follows a bot's log and mirrors the bot's circuit breaker. */
export interface RunnerLog {
  readonly path: string;
  /** Reads what was added since the last call and returns the current view; costs one stat while nothing changes. */
  read(): Promise<RunnerLogView>;
  close(): Promise<void>;
}

const TIMES_KEPT = 100;
/** The bots' defaults, for logs that do not state them. */
const BOT_THRESHOLD = 5;
const BOT_RECOVERY_MS = 60_000;
/**
 * A restarted bot has a closed breaker and does not log it; a running one logs HALF-OPEN soon after its recovery time.
 * So an open breaker without any later line for this long says nothing about now.
 */
const FORGET_AFTER_MS = 600_000;
/** A line this far in the future gets the time it was read. */
const AHEAD_TOLERANCE_MS = 60_000;

const SILENT: BreakerState = {
  state: 'unused',
  failures: 0,
  successes: 0,
  threshold: BOT_THRESHOLD,
  changedAt: null,
  retryAt: null,
  reason: null,
};

export function createRunnerLog({ path, now = () => new Date() }: { path: string; now?: () => Date }): RunnerLog {
  let breaker = SILENT;
  let heardAt = 0;
  let count = 0;
  let times: string[] = [];

  const follower = new LogFollower(path, (line) => {
    const event = parseRunnerLine(line);
    if (event === null) return;
    const at = dateOf(event, now());
    if (event.kind === 'already-connected') {
      count += 1;
      times = [...times, at.toISOString()].slice(-TIMES_KEPT);
      return;
    }
    heardAt = at.getTime();
    breaker = mirror(breaker, event, at);
  });

  const view = (status: FollowStatus): RunnerLogView => {
    const silentMs = now().getTime() - Math.max(heardAt, Date.parse(breaker.retryAt ?? '') || 0);
    const over = (breaker.state === 'open' || breaker.state === 'half_open') && silentMs > FORGET_AFTER_MS;
    return { status, breaker: over ? SILENT : breaker, alreadyConnected: { count, times } };
  };

  /** The follower reads one call at a time. */
  const inTurn = serial();

  return {
    path,
    read: () => inTurn(async () => view(await follower.poll())),
    close: () => inTurn(() => follower.close()),
  };
}

/**
 * The breaker after one more line about it. A line that repeats the state adds its numbers and keeps the time of the
 * change.
 */
export function mirror(before: BreakerState, event: Extract<RunnerEvent, { kind: 'breaker' }>, at: Date): BreakerState {
  const { state } = event;
  const same = before.state === state;
  const failures = event.failures ?? before.failures;
  const successes = event.successes ?? before.successes;
  const firstOpening = state === 'open' && (before.state === 'closed' || before.state === 'unused');
  const threshold = firstOpening && failures > 0 ? failures : before.threshold;
  const changedAt = same ? before.changedAt : at.toISOString();
  if (state !== 'open') return { state, failures, successes, threshold, changedAt, retryAt: null, reason: null };
  const opened = Date.parse(changedAt ?? '') || at.getTime();
  const told = event.recoveryMs === null ? null : new Date(opened + event.recoveryMs).toISOString();
  const assumed = same && before.retryAt !== null ? before.retryAt : new Date(opened + BOT_RECOVERY_MS).toISOString();
  return {
    state,
    failures,
    successes,
    threshold,
    changedAt,
    retryAt: told ?? assumed,
    reason: "reported in the bot's log",
  };
}

function dateOf({ at }: RunnerEvent, now: Date): Date {
  return at === null || at.getTime() > now.getTime() + AHEAD_TOLERANCE_MS ? now : at;
}
