import type { LockError } from '../../../../shared/lock.ts';
import { lockEvent } from '../../record/journal/entries.ts';
import { GuardedHold } from './lock-turns.ts';
import type { ManagerTools } from './tools.ts';

/** The result of waiting for the lock. `ready` may come without it: where the lock is unavailable, the bot may still try. */
export type Turn = { kind: 'ready' } | { kind: 'timeout'; error: LockError } | { kind: 'stopped' };

/** A guard's turns with the handshake lock: one per attempt, and none once its bot is known to take the lock itself. */
export class LockTurns {
  readonly #tools: Pick<ManagerTools, 'acquireLock' | 'relay' | 'record' | 'tell' | 'clock'>;
  #wanted: boolean;
  #hold: GuardedHold | null = null;

  constructor(wanted: boolean, tools: Pick<ManagerTools, 'acquireLock' | 'relay' | 'record' | 'tell' | 'clock'>) {
    this.#wanted = wanted;
    this.#tools = tools;
  }

  /** Waits for the lock; a signal to stop ends the wait. */
  async take(): Promise<Turn> {
    const { acquireLock, relay, record, tell, clock } = this.#tools;
    if (!this.#wanted) return { kind: 'ready' };
    const began = clock.now();
    const lock = await acquireLock(relay.stopped);
    const at = clock.wall().toISOString();
    if (lock.ok) {
      const durationMs = Math.round(clock.now() - began);
      record(lockEvent(at, 'lock_acquired', { path: lock.value.path, durationMs, holder: null }));
      this.#hold = new GuardedHold(lock.value, record, () => tell({ kind: 'lock-overdue' }));
      return { kind: 'ready' };
    }
    const { error } = lock;
    if (error.code === 'aborted') return { kind: 'stopped' };
    if (error.code !== 'timeout') {
      tell({ kind: 'without-lock', error });
      return { kind: 'ready' };
    }
    const holder = error.holder && { pid: error.holder.pid, name: error.holder.name };
    record(lockEvent(at, 'lock_timeout', { path: error.path, durationMs: error.waitedMs, holder }));
    return { kind: 'timeout', error };
  }

  /** The handshake is done: the lock is released a moment later. */
  connected(): void {
    this.#hold?.releaseSoon();
  }

  /** The bot takes the lock itself: it gets it now, and from the start in later attempts. */
  leaveToBot(): void {
    if (!this.#wanted) return;
    this.#wanted = false;
    if (this.#hold === null || this.#hold.released) return;
    void this.#hold.release();
    this.#tools.tell({ kind: 'self-locking' });
  }

  /** Releases the lock if it is still held. */
  async release(): Promise<void> {
    await this.#hold?.release();
    this.#hold = null;
  }
}
