import type { HistoryEvent } from '../history.ts';
import { clockTime, counted, durationWords } from './format.ts';

/** A line of the journal as it is read back: only the first two are certain. */
interface Entry {
  readonly at: string;
  readonly event: string;
  readonly [field: string]: unknown;
}

type Told = Pick<HistoryEvent, 'kind' | 'text'> | null;

const word = (value: unknown): string => (typeof value === 'string' ? value : '');
const figure = (value: unknown): number => (typeof value === 'number' ? value : 0);
const fields = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** "runner_async.py (4312)", or "a process" when the line does not say. */
function who(value: unknown): string {
  const { name, pid } = fields(value);
  return typeof name === 'string' && typeof pid === 'number' ? `${name} (${pid})` : 'a process';
}

const SIGNAL_OUTCOMES: Readonly<Record<string, (signal: string, process: string) => string>> = {
  sent: (signal, process) => `${signal} was sent to ${process}.`,
  gone: (_signal, process) => `${process} ended before it was signalled.`,
  replaced: (signal, process) => `Another process now has the pid of ${process}; ${signal} was not sent.`,
  'not-permitted': (signal, process) => `The system did not permit ${signal} to ${process}.`,
  withheld: (signal, process) => `${signal} to ${process} was not sent.`,
  failed: (signal, process) => `${signal} to ${process} failed.`,
};

function breakerText(entry: Entry): string {
  const breaker = typeof entry.port === 'number' ? `The circuit breaker of port ${entry.port}` : 'The circuit breaker';
  switch (entry.state) {
    case 'open':
      return `${breaker} opened after ${counted(figure(entry.failure_count), 'failure')}.`;
    case 'half_open':
      return `${breaker} allows one attempt.`;
    case 'closed':
      return `${breaker} closed: bots may connect.`;
    case 'held':
      return `${breaker} was opened by hand.`;
    default:
      return `${breaker} was reset.`;
  }
}

function outcomeText(entry: Entry): string {
  const bot = word(entry.bot) || 'A bot';
  const attempt = figure(entry.attempt);
  if (entry.event === 'connect_succeeded') {
    return `${bot} connected on attempt ${attempt} after ${durationWords(figure(entry.durationMs))}.`;
  }
  const reason = word(entry.reason) || 'reason unknown';
  const next = typeof entry.retryInMs === 'number' ? ` Next attempt in ${durationWords(entry.retryInMs)}.` : '';
  return `Attempt ${attempt} of ${bot} failed: ${reason}.${next}`;
}

const RESTART_STEPS = ['stop the bots', 'quit the Gateway', 'wait', 'start the Gateway', 'start the bots'];

function restartText(entry: Entry): string {
  const step = RESTART_STEPS[figure(entry.step) - 1] ?? 'a step';
  switch (entry.event) {
    case 'restart_started':
      return 'The guided restart was started.';
    case 'restart_step_done':
      return `Guided restart: completed "${step}".`;
    case 'restart_step_undone':
      return `Guided restart: back to "${step}".`;
    case 'restart_finished':
      return 'The guided restart was finished.';
    default:
      return `The guided restart was cancelled at "${step}".`;
  }
}

const PROGRAMS: Readonly<Record<string, string>> = {
  app: 'Sexton',
  watch: 'sexton watch',
  guard: 'sexton guard',
  command: 'A sexton command',
};

function appText(entry: Entry): string {
  const program = PROGRAMS[word(entry.program)] ?? 'Sexton';
  switch (entry.event) {
    case 'app_started':
      return `${program} ${word(entry.version)} started.`;
    case 'app_stopped':
      return `${program} stopped.`;
    case 'paused':
      return `Paused until ${clockTime(word(entry.until))}.`;
    default:
      return 'Resumed.';
  }
}

const CLEANED_BY: Readonly<Record<string, string>> = { auto: 'Automatic cleaning: ', guard: 'sexton guard: ' };

function lockText(entry: Entry): string {
  const holder = entry.holder === null ? 'an unknown process' : who(entry.holder);
  return `The handshake lock was not free within ${durationWords(figure(entry.durationMs))}: held by ${holder}.`;
}

function tell(entry: Entry): Told {
  switch (entry.event) {
    case 'clean_finished':
      return { kind: 'cleaned', text: `${CLEANED_BY[word(entry.by)] ?? ''}${word(entry.message)}` };
    case 'signal_sent': {
      const say = SIGNAL_OUTCOMES[word(entry.outcome)];
      return say ? { kind: 'signal', text: say(word(entry.signal), who(entry.process)) } : null;
    }
    case 'circuit_breaker_state_change':
      return { kind: 'breaker', text: breakerText(entry) };
    case 'connect_succeeded':
    case 'connect_failed':
      return { kind: 'connect', text: outcomeText(entry) };
    case 'lock_timeout':
      return { kind: 'connect', text: lockText(entry) };
    case 'restart_started':
    case 'restart_step_done':
    case 'restart_step_undone':
    case 'restart_finished':
    case 'restart_cancelled':
      return { kind: 'restart', text: restartText(entry) };
    case 'alert_raised':
    case 'alert_cleared':
      return { kind: 'alert', text: word(entry.text) };
    case 'app_started':
    case 'app_stopped':
    case 'paused':
    case 'resumed':
      return { kind: 'app', text: appText(entry) };
    case 'settings_changed':
      return { kind: 'app', text: `Settings changed: ${Array.isArray(entry.names) ? entry.names.join(', ') : ''}.` };
    case 'lines_lost': {
      const lines = counted(figure(entry.lines), 'line');
      return { kind: 'app', text: `The journal lost ${lines} after ${word(entry.since)} (${word(entry.code)}).` };
    }
    case 'line_torn':
      return { kind: 'app', text: 'A crash cut off a line of the journal.' };
    default:
      return null;
  }
}

/** A line of the journal as one sentence; `null` for lines that only machines need. */
export function historyEvent(entry: Entry): HistoryEvent | null {
  const told = tell(entry);
  return told === null ? null : { at: entry.at, ...told };
}
