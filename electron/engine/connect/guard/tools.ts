import type { LockError } from '../../../../shared/lock.ts';
import type { Result } from '../../../../shared/result.ts';
import type { CommandEnd, StartedCommand } from '../../platform/run/child.ts';
import type { SignalRelay } from '../../platform/run/child-signals.ts';
import type { JournalEntry } from '../../record/journal/entries.ts';
import type { BreakerStore } from '../breaker/store.ts';
import type { HeldLock } from '../handshake-lock.ts';
import type { AttemptEnd, AttemptHooks } from './attempt/run-attempt.ts';
import type { LeftZombies } from './attempt/sessions.ts';
import type { GuardedCleanEnd } from './clean.ts';
import type { GuardNews } from './news.ts';

/** What to connect, and how patiently. */
export interface GuardOrder {
  /** The bot's name, for messages and the journal. */
  bot: string;
  /** The ports it may connect to. */
  ports: readonly number[];
  /** Attempts after the first. */
  retries: number;
  timeoutMs: number;
  /** False: the handshake lock is not used. */
  lock: boolean;
  lockTimeoutMs: number;
}

/**
 * What happened to guarded processes that were still running when their command had ended. Each is named like
 * "runner.py (4313)".
 */
export interface Leftover {
  stopped: string[];
  /** Each may be the bot or part of it, and could not or must not be stopped: no second copy may start. */
  blocking: { name: string; why: string }[];
  /** Helpers that are left alone, such as a browser or gpg-agent. */
  spared: string[];
}

/** Everything with an effect that a connection manager uses. */
export interface ManagerTools {
  /** The breakers of the guard's ports; `outcomeWithinMs` is how long a probe's slot is reserved. */
  breaker: { admit(outcomeWithinMs: number): ReturnType<BreakerStore['admit']> };
  acquireLock(signal: AbortSignal): Promise<Result<HeldLock, LockError>>;
  clean(): Promise<GuardedCleanEnd>;
  attempt(hooks: AttemptHooks): Promise<AttemptEnd>;
  /** Why a hanging command must be left alone, as a sentence; `null` when it may be stopped. */
  whyNotStop(command: StartedCommand): Promise<string | null>;
  /** Stops a hanging command and what it started, by force if needed; `null` when the command had to be left running. */
  stop(command: StartedCommand): Promise<CommandEnd | null>;
  /** Stops what still runs of an ended command. A bot in the background first gets `patienceMs` to connect. */
  stopLeftover(patienceMs: number): Promise<Leftover>;
  /** The zombies the bot left; `null` when they cannot be read. */
  zombiesLeft(): Promise<LeftZombies | null>;
  /** Did another Sexton program signal the bot since then? */
  stoppedBySexton(since: Date): Promise<boolean>;
  relay: SignalRelay;
  record(entry: JournalEntry): void;
  tell(news: GuardNews): void;
  clock: { wall(): Date; now(): number; sleep(ms: number, signal: AbortSignal): Promise<void> };
  /** 0 to 1. */
  random(): number;
}
