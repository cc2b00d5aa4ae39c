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

/** What is to be connected, and how patiently. */
export interface GuardOrder {
  /** The bot's name, for people and the record. */
  bot: string;
  /** Where it may connect. */
  ports: readonly number[];
  /** Attempts beyond the first. */
  retries: number;
  timeoutMs: number;
  /** False: the handshake lock is left alone. */
  lock: boolean;
  lockTimeoutMs: number;
}

/** What became of the guarded processes that still lived when their command had ended. All of them as "runner.py (4313)". */
export interface Leftover {
  stopped: string[];
  /** Each of them may be the bot, or a part of it, and could not or must not be stopped: no second copy may start beside it. */
  blocking: { name: string; why: string }[];
  /** Helpers that are left alone: a browser, gpg-agent. */
  spared: string[];
}

/** Everything with an effect that a connection manager works with. */
export interface ManagerTools {
  /** The breakers of the guard's ports; `outcomeWithinMs` is how long a probe's place is kept. */
  breaker: { admit(outcomeWithinMs: number): ReturnType<BreakerStore['admit']> };
  acquireLock(signal: AbortSignal): Promise<Result<HeldLock, LockError>>;
  clean(): Promise<GuardedCleanEnd>;
  attempt(hooks: AttemptHooks): Promise<AttemptEnd>;
  /** Why a command that hangs must be left alone all the same, as a sentence; `null` when it may be stopped. */
  whyNotStop(command: StartedCommand): Promise<string | null>;
  /** Asks a command that hangs, and what it started, to end, and insists; `null` when the command had to be left running after all. */
  stop(command: StartedCommand): Promise<CommandEnd | null>;
  /** Stops what still lives of the command that has ended. One that it put into the background gets `patienceMs` to connect first. */
  stopLeftover(patienceMs: number): Promise<Leftover>;
  /** The zombies that the bot has left; `null` when they cannot be read. */
  zombiesLeft(): Promise<LeftZombies | null>;
  /** Did another of Sexton's programs signal the bot since then? */
  stoppedBySexton(since: Date): Promise<boolean>;
  relay: SignalRelay;
  record(entry: JournalEntry): void;
  tell(news: GuardNews): void;
  clock: { wall(): Date; now(): number; sleep(ms: number, signal: AbortSignal): Promise<void> };
  /** 0 to 1. */
  random(): number;
}
