import { type JournalEntry, lockEvent } from '../../record/journal/entries.ts';
import type { HeldLock } from '../handshake-lock.ts';

/** Other bots give up after 30 s of waiting, so nobody may wait that long for one of ours. */
export const HOLD_AT_MOST_MS = 25_000;
/** How long the lock is kept after the handshake is done, as the bots do it. */
const HOLD_AFTER_HANDSHAKE_MS = 500;

/** The handshake lock while an attempt has it: let go early when the bot wants it, and never held too long. */
export class GuardedHold {
  readonly #lock: HeldLock;
  readonly #record: (entry: JournalEntry) => void;
  readonly #limit: NodeJS.Timeout;
  readonly #takenAt = performance.now();
  #soon: NodeJS.Timeout | null = null;
  #released: Promise<void> | null = null;

  /** `onOverdue` hears that the lock was let go because it was held for as long as it may be. */
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

  /** Lets go a moment after the handshake, once, however often it is told. */
  releaseSoon(): void {
    this.#soon ??= setTimeout(() => void this.release(), HOLD_AFTER_HANDSHAKE_MS);
  }

  /** Lets go at once; once. */
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
