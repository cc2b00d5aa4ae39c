import type { Clock } from '../clock.ts';
import { type Attention, nextLookIn, STABLE_AFTER_MS } from './schedule.ts';

/**
 * Runs the engine's turns, one at a time (a turn must not throw), each when the schedule says, none while the machine
 * sleeps.
 */
export class Loop {
  readonly #clock: Clock;
  readonly #turn: () => Promise<void>;
  readonly #intervalMs: () => number;
  #attention: Attention = { panelOpen: false, onBattery: false, asleep: false, unsettled: false };
  #changedAt = Number.NEGATIVE_INFINITY;
  #lastTurn: number;
  #timer: NodeJS.Timeout | null = null;
  #turning: Promise<void> | null = null;
  #running = false;
  /** A turn was requested while one was running. */
  #wanted = false;

  constructor(clock: Clock, turn: () => Promise<void>, intervalMs: () => number) {
    this.#clock = clock;
    this.#turn = turn;
    this.#intervalMs = intervalMs;
    this.#lastTurn = clock.now();
  }

  start(): void {
    this.#running = true;
    this.#lastTurn = this.#clock.now();
    this.#arm();
  }

  /** Stops the loop; resolves when the current turn is over. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#disarm();
    await this.#turning;
  }

  /** Takes the next turn now. */
  wake(): void {
    this.#wanted = this.#turning !== null;
    this.#lastTurn = Number.NEGATIVE_INFINITY;
    this.#arm();
  }

  /** Follows the panel and the machine's power. Waking up or opening the panel scans at once. */
  setAttention(attention: Partial<Attention>): void {
    const before = this.#attention;
    this.#attention = { ...before, ...attention };
    const looksNow = (before.asleep && !this.#attention.asleep) || (!before.panelOpen && this.#attention.panelOpen);
    if (looksNow) this.wake();
    else this.#arm();
  }

  /** Call after each scan: a set of zombies that still changes is scanned more often, a stable one is not. */
  noteScan(changed: boolean, zombies: boolean): void {
    const now = this.#clock.now();
    if (changed) this.#changedAt = now;
    this.setUnsettled(zombies && now - this.#changedAt < STABLE_AFTER_MS);
  }

  setUnsettled(unsettled: boolean): void {
    this.#attention = { ...this.#attention, unsettled };
  }

  #arm(): void {
    this.#disarm();
    if (!this.#running || this.#turning !== null) return;
    const delay = nextLookIn(this.#intervalMs(), this.#attention);
    if (delay === null) return;
    const due = Math.max(0, this.#lastTurn + delay - this.#clock.now());
    this.#timer = setTimeout(() => {
      this.#turning = this.#turn().finally(() => {
        this.#turning = null;
        this.#lastTurn = this.#wanted ? Number.NEGATIVE_INFINITY : this.#clock.now();
        this.#wanted = false;
        this.#arm();
      });
    }, due);
  }

  #disarm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
