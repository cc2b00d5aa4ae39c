import type { JournalEntry } from '../../../electron/engine/record/journal/entries.ts';

/** An entry in words: each of its events and each of its fields. */
interface Described<Entry extends JournalEntry> {
  events: Readonly<Record<Entry['event'], string>>;
  fields: Readonly<Record<Exclude<keyof Entry, 'at' | 'event'>, string>>;
}

/** Every event of the journal with its entry; an event or a field without a sentence does not compile. */
type Journal = { [Entry in JournalEntry as Entry['event']]: Described<Entry> };

const PROCESS = '`pid`, `startedAt`, `uid` and `name` of the process';
const PORT = 'the guarded port; absent for guards without `--port`';
const STATE = '`closed`, `open`, `half_open`, `held` or `unused`';

const lock: Described<Extract<JournalEntry, { path: string }>> = {
  events: {
    lock_acquired: 'a guard has taken the handshake lock',
    lock_released: 'a guard has released it',
    lock_timeout: 'a guard could not take it in time',
  },
  fields: {
    path: 'the lock file',
    durationMs: 'how long the guard waited for the lock, or for `lock_released` how long it held it',
    holder: '`pid` and `name` of the process that held the lock when the wait ended; otherwise `null`',
  },
};

const outcome: Described<Extract<JournalEntry, { ownFault: boolean }>> = {
  events: {
    connect_succeeded: 'the bot completed its handshake and the session lasted 2 s',
    connect_failed: 'the attempt failed',
  },
  fields: {
    attempt: 'the attempt, counted from 1',
    bot: 'the bot’s name, without its arguments',
    durationMs: 'how long the attempt took',
    reason: 'why it failed; `null` for a success',
    retryInMs: 'time until the next attempt; `null` when there is none',
    ownFault:
      '`true` when the bot opened no connection although something was listening; the circuit breaker does not count it',
  },
};

const restart: Described<Extract<JournalEntry, { step: number }>> = {
  events: {
    restart_started: 'a guided restart began',
    restart_step_done: 'a step is done',
    restart_step_undone: 'a finished step has reverted',
    restart_finished: 'the guided restart is complete',
    restart_cancelled: 'the guided restart was cancelled',
  },
  fields: { step: 'the step, 1 to 5' },
};

const alert: Described<Extract<JournalEntry, { level: unknown }>> = {
  events: { alert_raised: 'an alert was raised', alert_cleared: 'it is over' },
  fields: {
    level: 'the level at that time: `clear`, `notice`, `warning`, `critical` or `blind`',
    text: 'the alert in words',
  },
};

const app: Described<Extract<JournalEntry, { program: string }>> = {
  events: {
    app_started: 'the app started',
    app_stopped: 'the app stopped',
    paused: 'watching was paused',
    resumed: 'watching was resumed',
  },
  fields: {
    program: 'the program that wrote the entry: `app`, `watch`, `guard` or `command`',
    version: 'its version',
    pid: 'its pid',
    until: 'when the pause ends; otherwise `null`',
  },
};

export const JOURNAL: Journal = {
  signal_planned: {
    events: { signal_planned: 'a signal is about to be sent; this entry is on disk first' },
    fields: {
      process: PROCESS,
      signal: '`SIGTERM` or `SIGKILL`',
      by: 'what started the clean: `user`, `auto` or `guard`',
      planId: 'the plan the signal belongs to',
      reason:
        'why the process may be stopped: `python`, `named-bot`, or `guarded-command` for what a guard started itself',
      ports: 'the ports concerned',
      zombies: 'how many zombies the process held',
    },
  },
  signal_sent: {
    events: { signal_sent: 'the signal was sent, or was not' },
    fields: {
      process: PROCESS,
      signal: '`SIGTERM` or `SIGKILL`',
      planId: 'the plan the signal belongs to',
      outcome:
        '`sent`, `withheld` (no longer allowed when it was due), `gone`, `replaced` (another process has the pid), `not-permitted` or `failed`',
      detail: 'more about `withheld` and `failed`; otherwise `null`',
    },
  },
  clean_finished: {
    events: { clean_finished: 'a clean has finished and its result is verified' },
    fields: {
      by: 'what started the clean: `user`, `auto` or `guard`',
      planId: 'the plan',
      ok: '`true` when no zombie remains',
      message: 'the result in words',
      stopped: 'the stopped processes, each with the signal that ended it',
      refused: 'the processes left alone, each with a code and a reason',
      remaining: 'zombies that remain; `null` when that could not be read',
      durationMs: 'how long the clean took',
    },
  },
  lock_acquired: lock,
  lock_released: lock,
  lock_timeout: lock,
  circuit_breaker_state_change: {
    events: { circuit_breaker_state_change: 'a circuit breaker changed its state' },
    fields: {
      metric_type: 'always `circuit_breaker_state`',
      state: STATE,
      failure_count: 'failures in a row',
      success_count: 'successes while half-open',
      timestamp: 'the same as `at`',
      port: PORT,
    },
  },
  circuit_breaker_metrics: {
    events: {
      circuit_breaker_metrics:
        'a circuit breaker’s counters: with each change, and once a minute while it is not closed',
    },
    fields: {
      metric_type: 'always `circuit_breaker_counters`',
      failures: 'failures in a row',
      successes: 'successes while half-open',
      state: STATE,
      port: PORT,
    },
  },
  connect_attempt: {
    events: { connect_attempt: 'a guard starts an attempt' },
    fields: {
      attempt: 'the attempt, counted from 1',
      bot: 'the bot’s name, without its arguments',
      port: 'the guarded port, or `null`',
    },
  },
  connect_succeeded: outcome,
  connect_failed: outcome,
  restart_started: restart,
  restart_step_done: restart,
  restart_step_undone: restart,
  restart_finished: restart,
  restart_cancelled: restart,
  settings_changed: {
    events: { settings_changed: 'settings were changed' },
    fields: {
      names: 'the settings’ names; their values are not recorded, because they may contain secrets',
      from: '`user` for a change in the panel, `file` for one on disk',
    },
  },
  alert_raised: alert,
  alert_cleared: alert,
  app_started: app,
  app_stopped: app,
  paused: app,
  resumed: app,
  lines_lost: {
    events: { lines_lost: 'earlier lines could not be written; the journal adds this itself' },
    fields: { lines: 'how many', since: 'when the first of them was lost', code: 'why' },
  },
  line_torn: {
    events: { line_torn: 'a program was killed while it wrote a line; the journal adds this itself' },
    fields: { fragment: 'what there is of that line' },
  },
  totals_carried: {
    events: { totals_carried: 'first line of a new file: the counts of the files before it' },
    fields: { counters: 'cleanups, connection attempts, retries and changes of the circuit breaker' },
  },
};
