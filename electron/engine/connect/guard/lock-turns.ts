import { type JournalEntry, lockEvent } from '../../record/journal/entries.ts';
import type { HeldLock } from '../handshake-lock.ts';

/** Other bots give up after waiting 30 s, so ours must release the lock sooner. */
export const HOLD_AT_MOST_MS = 25_000;
/** How long the lock is kept after the handshake, like the bots do. */
const HOLD_AFTER_HANDSHAKE_MS = 500;

/** The handshake lock during an attempt: released early when the bot wants it, and never held too long. */
export class GuardedHold {
  readonly #lock: HeldLock;
  readonly #record: (entry: JournalEntry) => void;
  readonly #limit: NodeJS.Timeout;
  readonly #takenAt = performance.now();
  #soon: NodeJS.Timeout | null = null;
  #released: Promise<void> | null = null;

  /** `onOverdue` is called when the lock was released because the maximum time was up. */
  constructor(lock: HeldLock, record: (entry: JournalEntry) => void, onOverdue: () => void) {
    this.#lock = lock;
    this.#record = record;
    this.#limit = setTimeout(() => {
      void this.release();
      onOverdue();
    }, HOLD_AT_MOST_MS);
  }

  get released(): boolean {
    return this.#released !== null;
  }

  /** Releases the lock a moment after the handshake; further calls have no effect. */
  releaseSoon(): void {
    this.#soon ??= setTimeout(() => void this.release(), HOLD_AFTER_HANDSHAKE_MS);
  }

  /** Releases the lock now; further calls have no effect. */
  release(): Promise<void> {
    this.#released ??= this.#letGo();
    return this.#released;
  }

  async #letGo(): Promise<void> {
    clearTimeout(this.#limit);
    if (this.#soon !== null) clearTimeout(this.#soon);
    await this.#lock.release();
    const durationMs = Math.round(performance.now() - this.#takenAt);
    const { path } = this.#lock;
    this.#record(lockEvent(new Date().toISOString(), 'lock_released', { path, durationMs, holder: null }));
  }
}
