import type { BreakerState } from '../../../../shared/snapshot.ts';
import { type AttemptFailure, attemptFailed, endedEarly, isOwnFault } from '../../../../shared/words/attempt.ts';
import { lockErrorSentence } from '../../../../shared/words/lock.ts';
import { type CommandEnd, exitCodeOf, exitCodeOfSignal, type StartedCommand } from '../../platform/run/child.ts';
import { stoppedBy } from '../../platform/run/child-signals.ts';
import { connectAttempt, connectOutcome } from '../../record/journal/entries.ts';
import type { Attempt } from '../breaker/store.ts';
import type { AttemptEnd } from './attempt/run-attempt.ts';
import { backoffMs } from './backoff.ts';
import { LockTurns } from './lock-holding.ts';
import type { GuardOrder, Leftover, ManagerTools } from './tools.ts';

/** A guard's exit code when it gives up (sysexits' EX_TEMPFAIL). */
const EXIT_GIVEN_UP = 75;
/** The exit code for a bot that Sexton stopped, however cleanly it exited. */
const EXIT_STOPPED = exitCodeOfSignal('SIGTERM');
/** Extra time for an attempt to clean up and end, besides lock and timeout. */
const ATTEMPT_MARGIN_MS = 30_000;
/** Ending a bot with one of these means that it should stay ended. */
const ASKED_TO_END: ReadonlySet<NodeJS.Signals> = new Set(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']);

type Step = { kind: 'end'; code: number } | { kind: 'failed'; retryInMs: number; blocked: BreakerState | null };
type Failed = { reason: string; state: BreakerState | null; durationMs: number | null };
type Ended = Extract<AttemptEnd, { kind: 'ended' }>;
type Running = Extract<AttemptEnd, { kind: 'running' }>;

/**
 * Connects a bot: breaker, lock, pre-clean, attempt; after a failure it cleans up, waits without the lock and tries
 * again. Once the bot is connected it only waits for the bot to end. Resolves with the exit code.
 */
export function connect(order: GuardOrder, tools: ManagerTools): Promise<number> {
  return new Manager(order, tools).run();
}

class Manager {
  readonly #order: GuardOrder;
  readonly #tools: ManagerTools;
  readonly #lock: LockTurns;
  #attempt = 0;
  #lastCode: number | null = null;
  /** The command exited with 0 before a session: it may have put the bot into the background. */
  #detached = false;
  /** The command exited with 0 soon after its handshake: a short job is done, unless the bot goes on in the background. */
  #finished = false;

  constructor(order: GuardOrder, tools: ManagerTools) {
    this.#order = order;
    this.#tools = tools;
    this.#lock = new LockTurns(order.lock, tools);
  }

  async run(): Promise<number> {
    for (;;) {
      this.#attempt += 1;
      this.#detached = false;
      this.#finished = false;
      const step = await this.#try();
      await this.#lock.release();
      const left = await this.#stopLeftover(step);
      if (step.kind === 'end') return this.#finished && left.blocking.length > 0 ? EXIT_GIVEN_UP : step.code;
      await this.#cleanUp();
      const code = this.#wasStopped() ?? this.#givesUp(step.blocked, left);
      if (code !== null) return code;
      await this.#tools.clock.sleep(step.retryInMs, this.#tools.relay.stopped);
      const stopped = this.#wasStopped();
      if (stopped !== null) return stopped;
    }
  }

  /** The exit code when there is no further attempt; `null` when there is one. */
  #givesUp(blocked: BreakerState | null, { blocking }: Leftover): number | null {
    const { tell } = this.#tools;
    const lastCode = this.#lastCode;
    // A second copy of a bot is worse than none.
    if (blocking.length > 0) return EXIT_GIVEN_UP;
    if (blocked !== null) {
      tell({ kind: 'blocked', breaker: blocked, why: blocked.state === 'held' ? 'held' : 'open', lastCode });
    } else if (this.#attempt > this.#order.retries) tell({ kind: 'exhausted', attempts: this.#attempt, lastCode });
    else return null;
    return EXIT_GIVEN_UP;
  }

  /** Stops what the command left running and reports what must stay, whatever the step's result. */
  async #stopLeftover(step: Step): Promise<Leftover> {
    const { stopLeftover, tell } = this.#tools;
    const left = await stopLeftover(this.#detached ? this.#order.timeoutMs : 0);
    if (left.stopped.length > 0) tell({ kind: 'rest-stopped', names: left.stopped });
    if (left.spared.length > 0) tell({ kind: 'rest-spared', names: left.spared });
    const lastCode = step.kind === 'end' ? null : this.#lastCode;
    if (left.blocking.length > 0) tell({ kind: 'left-running', processes: left.blocking, lastCode });
    return left;
  }

  /** One pass through breaker, lock, pre-clean and attempt. */
  async #try(): Promise<Step> {
    const { breaker, tell } = this.#tools;
    const { lockTimeoutMs, timeoutMs } = this.#order;
    const admitted = await breaker.admit(lockTimeoutMs + timeoutMs + ATTEMPT_MARGIN_MS);
    if (!admitted.allowed) {
      tell({ kind: 'blocked', breaker: admitted.breaker, why: admitted.why, lastCode: this.#lastCode });
      return { kind: 'end', code: EXIT_GIVEN_UP };
    }
    const turn = await this.#lock.take();
    if (turn.kind === 'timeout') {
      // There was no attempt to connect, so this says nothing about the Gateway.
      await admitted.gone();
      return this.#failed({ reason: lockErrorSentence(turn.error), state: null, durationMs: null });
    }
    if (turn.kind === 'ready') await this.#cleanUp();
    const stopped = this.#wasStopped();
    if (stopped !== null) {
      await admitted.gone();
      return { kind: 'end', code: stopped };
    }
    return this.#connect(admitted);
  }

  async #connect(admitted: Attempt): Promise<Step> {
    const { attempt, relay, record, tell, clock } = this.#tools;
    const { bot, ports } = this.#order;
    const port = ports.length === 1 ? (ports[0] ?? null) : null;
    const since = clock.wall();
    const began = clock.now();
    record(connectAttempt(since.toISOString(), { attempt: this.#attempt, bot, port }));
    const outcome = await attempt({
      onConnected: () => this.#lock.connected(),
      onSelfLocking: () => this.#lock.leaveToBot(),
    });
    const tookMs = Math.round(clock.now() - began);
    switch (outcome.kind) {
      case 'not-started':
        await admitted.gone();
        tell({ kind: 'not-started', error: outcome.error });
        return { kind: 'end', code: outcome.error.exitCode };
      case 'running':
        return this.#stay(admitted, outcome, since, tookMs);
      case 'hung': {
        const { why, command } = outcome;
        if (relay.stopped.aborted) {
          const end = await this.#stop(command);
          await admitted.gone();
          return end === null ? this.#stillRuns(command, since) : { kind: 'end', code: exitCodeOf(end) };
        }
        const reason = attemptFailed(why, this.#order);
        const state = await this.#count(admitted, why, reason);
        const leave = await this.#tools.whyNotStop(command);
        if (leave !== null) return this.#leaveAlone(command, leave, since);
        await this.#lock.release();
        tell({ kind: 'stopping' });
        const end = await this.#stop(command);
        if (end === null) return this.#stillRuns(command, since);
        this.#lastCode = exitCodeOf(end);
        return this.#failed({ reason, state, durationMs: tookMs });
      }
      case 'ended':
        relay.attach(null);
        return this.#ended(admitted, outcome, since, tookMs);
    }
  }

  /** The bot runs and is connected, or that cannot be told: from here on only its own end counts. */
  async #stay(admitted: Attempt, { claim, command }: Running, since: Date, tookMs: number): Promise<Step> {
    const { tell } = this.#tools;
    if (claim.kind === 'none') {
      await admitted.gone();
      tell({ kind: 'unseen' });
    } else {
      await this.#succeeded(admitted, claim.port, tookMs);
      tell({ kind: 'connected', attempt: this.#attempt, proven: claim.kind === 'proven' });
    }
    await this.#lock.release();
    return this.#awaitEnd(command, since);
  }

  /** It must not be stopped although it did not connect where it was watched. */
  async #leaveAlone(command: StartedCommand, reason: string, since: Date): Promise<Step> {
    await this.#lock.release();
    this.#tools.tell({ kind: 'left-alone', reason });
    return this.#awaitEnd(command, since);
  }

  /** It should have been stopped and still runs: it connected at the last moment, or does not end. */
  async #stillRuns(command: StartedCommand, since: Date): Promise<Step> {
    const reason = (await this.#tools.whyNotStop(command)) ?? 'It could not be stopped.';
    this.#tools.tell({ kind: 'left-alone', reason });
    return this.#awaitEnd(command, since);
  }

  async #awaitEnd(command: StartedCommand, since: Date): Promise<Step> {
    const { relay, tell, stoppedBySexton } = this.#tools;
    const end = await command.ended;
    relay.attach(null);
    await this.#tellZombies();
    if (relay.stopped.aborted || wasAsked(end) || !(await stoppedBySexton(since))) {
      return { kind: 'end', code: exitCodeOf(end) };
    }
    tell({ kind: 'stopped-by-sexton' });
    return { kind: 'end', code: EXIT_STOPPED };
  }

  async #ended(admitted: Attempt, { end, verdict }: Ended, since: Date, tookMs: number): Promise<Step> {
    const { relay, tell, stoppedBySexton } = this.#tools;
    if (relay.stopped.aborted || wasAsked(end)) return this.#stopped(admitted, end);
    if (await stoppedBySexton(since)) {
      await admitted.gone();
      tell({ kind: 'stopped-by-sexton' });
      return { kind: 'end', code: EXIT_STOPPED };
    }
    if (verdict.kind === 'failed') {
      const how = end.kind === 'exited' ? { code: end.code } : { signal: end.signal };
      const reason = endedEarly(how, verdict.why, this.#order);
      this.#lastCode = exitCodeOf(end);
      this.#detached = this.#lastCode === 0;
      const state = await this.#count(admitted, verdict.why, reason);
      return this.#failed({ reason, state, durationMs: tookMs });
    }
    this.#finished = verdict.kind === 'finished';
    if (verdict.kind === 'finished') await this.#succeeded(admitted, verdict.port, tookMs);
    else await admitted.gone();
    await this.#tellZombies();
    return { kind: 'end', code: exitCodeOf(end) };
  }

  async #succeeded(admitted: Attempt, port: number, durationMs: number): Promise<void> {
    await admitted.succeeded(port);
    this.#recordOutcome('connect_succeeded', { durationMs, reason: null, retryInMs: null, ownFault: false });
  }

  /** Reports a failure to the breaker; returns its state after that, `null` when the bot itself is at fault. */
  async #count(admitted: Attempt, why: AttemptFailure, reason: string): Promise<BreakerState | null> {
    if (!isOwnFault(why)) return admitted.failed(reason, why.port);
    await admitted.gone();
    return null;
  }

  async #tellZombies(): Promise<void> {
    const left = await this.#tools.zombiesLeft();
    if (left !== null && left.gateway + left.client > 0) {
      this.#tools.tell({ kind: 'left-zombies', bot: this.#order.bot, left });
    }
  }

  /** A person or another program ended the bot: the attempt did not fail, and no other follows. */
  async #stopped(admitted: Attempt, end: CommandEnd): Promise<Step> {
    await admitted.gone();
    return { kind: 'end', code: exitCodeOf(end) };
  }

  async #stop(command: StartedCommand): Promise<CommandEnd | null> {
    const end = await this.#tools.stop(command);
    if (end !== null) this.#tools.relay.attach(null);
    return end;
  }

  /**
   * `state` is the breaker's after the failure, `null` when it was not counted; `durationMs` is the attempt's, `null`
   * when there was none.
   */
  async #failed({ reason, state, durationMs }: Failed): Promise<Step> {
    const blocked = state !== null && (state.state === 'open' || state.state === 'held') ? state : null;
    const wait = backoffMs(this.#attempt, this.#tools.random);
    const retryInMs = blocked !== null || this.#attempt > this.#order.retries ? null : wait;
    const ownFault = state === null && durationMs !== null;
    if (durationMs !== null) this.#recordOutcome('connect_failed', { durationMs, reason, retryInMs, ownFault });
    const of = this.#order.retries + 1;
    this.#tools.tell({ kind: 'failed', attempt: this.#attempt, of, reason, retryInMs, ownFault });
    if (durationMs !== null) await this.#tellZombies();
    return { kind: 'failed', retryInMs: wait, blocked };
  }

  #recordOutcome(
    event: 'connect_succeeded' | 'connect_failed',
    rest: { durationMs: number; reason: string | null; retryInMs: number | null; ownFault: boolean },
  ): void {
    const { record, clock } = this.#tools;
    record(
      connectOutcome(clock.wall().toISOString(), event, { attempt: this.#attempt, bot: this.#order.bot, ...rest }),
    );
  }

  async #cleanUp(): Promise<void> {
    const end = await this.#tools.clean();
    if (end.kind === 'cleaned') this.#tools.tell(end);
    if (end.kind === 'trouble') this.#tools.tell({ kind: 'clean-trouble', error: end.error });
  }

  /** The exit code when this process was asked to stop; `null` when it was not. */
  #wasStopped(): number | null {
    const { stopped } = this.#tools.relay;
    return stopped.aborted ? exitCodeOfSignal(stoppedBy(stopped)) : null;
  }
}

/** Was the command asked to end, by a signal or by the exit code with which shells and handlers pass one on? */
function wasAsked(end: CommandEnd): boolean {
  if (end.kind === 'signalled') return ASKED_TO_END.has(end.signal);
  return end.code === EXIT_STOPPED || end.code === exitCodeOfSignal('SIGINT');
}
