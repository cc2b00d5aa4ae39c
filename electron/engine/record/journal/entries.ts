import type { BreakerState, CleanedBy, CleanResult, Level, ProcessRef, Verdict } from '../../../../shared/snapshot.ts';
import type { Signal, SignalOutcome } from '../../platform/types.ts';
import type { Counters } from './counters.ts';

/** When it happened, ISO 8601 UTC. */
interface At {
  at: string;
}

/** A process in the journal. Command lines stay out: the record is kept for weeks and needs none. */
interface LoggedProcess {
  pid: number;
  startedAt: string;
  uid: number;
  name: string;
}

export interface SignalPlanned extends At {
  event: 'signal_planned';
  process: LoggedProcess;
  signal: Signal;
  by: CleanedBy;
  planId: string;
  /** `guarded-command`: a guard ends the command that it started itself. */
  reason: Extract<Verdict, { kind: 'cleanable' }>['reason'] | 'guarded-command';
  ports: number[];
  zombies: number;
}

export interface SignalSent extends At {
  event: 'signal_sent';
  process: LoggedProcess;
  signal: Signal;
  planId: string;
  outcome: SignalOutcome['kind'];
  detail: string | null;
}

export interface CleanFinished extends At {
  event: 'clean_finished';
  by: CleanedBy;
  planId: string;
  ok: boolean;
  message: string;
  stopped: CleanResult['stopped'];
  refused: CleanResult['refused'];
  remaining: number | null;
  durationMs: number;
}

export interface LockEvent extends At {
  event: 'lock_acquired' | 'lock_released' | 'lock_timeout';
  path: string;
  /** How long the wait for it took, or how long it was held. */
  durationMs: number;
  /** The process that held it when the wait took too long. */
  holder: { pid: number; name: string } | null;
}

/** In the field names the bots' own breaker uses. */
export interface BreakerStateChange extends At {
  event: 'circuit_breaker_state_change';
  metric_type: 'circuit_breaker_state';
  state: BreakerState['state'];
  failure_count: number;
  success_count: number;
  timestamp: string;
  /** The guarded port; absent for guards without one. */
  port?: number;
}

/** In the field names the bots' own breaker uses. */
export interface BreakerMetrics extends At {
  event: 'circuit_breaker_metrics';
  metric_type: 'circuit_breaker_counters';
  failures: number;
  successes: number;
  state: BreakerState['state'];
  /** The guarded port; absent for guards without one. */
  port?: number;
}

export interface ConnectAttempt extends At {
  event: 'connect_attempt';
  /** 1 is the first; all others are retries. */
  attempt: number;
  /** The bot's name, not its arguments. */
  bot: string;
  port: number | null;
}

export interface ConnectOutcome extends At {
  event: 'connect_succeeded' | 'connect_failed';
  attempt: number;
  bot: string;
  durationMs: number;
  /** One plain clause; `null` for a success. */
  reason: string | null;
  /** How long until the next attempt; `null` when there is none. */
  retryInMs: number | null;
  /** The bot opened no connection although the port was listening: not the Gateway's failure, and not counted by the breaker. */
  ownFault: boolean;
}

export interface RestartEvent extends At {
  event: 'restart_started' | 'restart_step_done' | 'restart_step_undone' | 'restart_finished' | 'restart_cancelled';
  step: 1 | 2 | 3 | 4 | 5;
}

export interface SettingsChanged extends At {
  event: 'settings_changed';
  /** The names only: values such as start commands may contain secrets. */
  names: string[];
  from: 'user' | 'file';
}

export interface AlertRaised extends At {
  event: 'alert_raised' | 'alert_cleared';
  level: Level;
  text: string;
}

export interface AppEvent extends At {
  event: 'app_started' | 'app_stopped' | 'paused' | 'resumed';
  /** Which of Sexton's programs. */
  program: 'app' | 'watch' | 'guard' | 'command';
  version: string;
  pid: number;
  /** When the pause ends; only when paused. */
  until: string | null;
}

/** Written by the journal itself: lines that could not be written earlier, and why. */
export interface LinesLost extends At {
  event: 'lines_lost';
  lines: number;
  since: string;
  code: string;
}

/** Written by the journal itself: the part of a line that a killed writer left behind. */
export interface LineTorn extends At {
  event: 'line_torn';
  fragment: string;
}

/** Written by the journal itself as the first line of a new file: the counts of all files before it. */
export interface TotalsCarried extends At {
  event: 'totals_carried';
  counters: Counters;
}

export type JournalEntry =
  | SignalPlanned
  | SignalSent
  | CleanFinished
  | LockEvent
  | BreakerStateChange
  | BreakerMetrics
  | ConnectAttempt
  | ConnectOutcome
  | RestartEvent
  | SettingsChanged
  | AlertRaised
  | AppEvent
  | LinesLost
  | LineTorn
  | TotalsCarried;

const logged = ({ pid, startedAt, uid, name }: ProcessRef): LoggedProcess => ({ pid, startedAt, uid, name });

/** Before a signal goes out; append it durably (law 7). */
export function signalPlanned(
  entry: Omit<SignalPlanned, 'event' | 'process'> & { process: ProcessRef },
): SignalPlanned {
  return { ...entry, event: 'signal_planned', process: logged(entry.process) };
}

/** After a signal was sent, or could not be. */
export function signalSent(
  entry: Omit<SignalSent, 'event' | 'process' | 'outcome' | 'detail'> & { process: ProcessRef; outcome: SignalOutcome },
): SignalSent {
  const { kind } = entry.outcome;
  const detail = 'detail' in entry.outcome ? entry.outcome.detail : null;
  return { ...entry, event: 'signal_sent', process: logged(entry.process), outcome: kind, detail };
}

/** The verified end of a clean; `Totals.cleanups` counts these. */
export function cleanFinished(
  at: string,
  { by, planId, result }: { by: CleanedBy; planId: string; result: CleanResult },
): CleanFinished {
  return { at, event: 'clean_finished', by, planId, ...result };
}

/** A change of the breaker's state. */
export function breakerStateChange(at: string, breaker: BreakerState, port: number | null = null): BreakerStateChange {
  return {
    at,
    event: 'circuit_breaker_state_change',
    metric_type: 'circuit_breaker_state',
    state: breaker.state,
    failure_count: breaker.failures,
    success_count: breaker.successes,
    timestamp: at,
    ...(port === null ? {} : { port }),
  };
}

/** The breaker's counters: with each change, and once a minute while it is not closed. */
export function breakerMetrics(at: string, breaker: BreakerState, port: number | null = null): BreakerMetrics {
  return {
    at,
    event: 'circuit_breaker_metrics',
    metric_type: 'circuit_breaker_counters',
    failures: breaker.failures,
    successes: breaker.successes,
    state: breaker.state,
    ...(port === null ? {} : { port }),
  };
}

/** The handshake lock was taken or released, or the wait for it timed out. */
export function lockEvent(at: string, event: LockEvent['event'], rest: Omit<LockEvent, 'at' | 'event'>): LockEvent {
  return { at, event, ...rest };
}

/** A guarded attempt begins; `Totals.connectAttempts` counts these and `connectRetries` those after the first. */
export function connectAttempt(at: string, rest: Omit<ConnectAttempt, 'at' | 'event'>): ConnectAttempt {
  return { at, event: 'connect_attempt', ...rest };
}

/** A guarded attempt ended, with or without a session that was answered and stayed. */
export function connectOutcome(
  at: string,
  event: ConnectOutcome['event'],
  rest: Omit<ConnectOutcome, 'at' | 'event'>,
): ConnectOutcome {
  return { at, event, ...rest };
}

/** The guided restart moved on or back. */
export function restartEvent(at: string, event: RestartEvent['event'], step: RestartEvent['step']): RestartEvent {
  return { at, event, step };
}

/** Settings were changed, by a person in the panel or on disk. */
export function settingsChanged(at: string, names: readonly string[], from: SettingsChanged['from']): SettingsChanged {
  return { at, event: 'settings_changed', names: [...names], from };
}

/** The user was alerted, or told that all is well again. */
export function alertEvent(at: string, event: AlertRaised['event'], level: Level, text: string): AlertRaised {
  return { at, event, level, text };
}

/** One of Sexton's programs started, stopped, was paused or resumed. */
export function appEvent(
  at: string,
  event: AppEvent['event'],
  { program, version, pid, until = null }: Pick<AppEvent, 'program' | 'version' | 'pid'> & { until?: string | null },
): AppEvent {
  return { at, event, program, version, pid, until };
}
