import {
  type Alert,
  type AlertState,
  alertChanges,
  alertsFor,
  endSnooze,
  isSnoozed,
  NO_ALERTS,
  snoozeAlerts,
} from '../../shared/advice/alerts.ts';
import type { Snapshot } from '../../shared/snapshot.ts';
import type { Engine } from '../engine/api.ts';

/** The engine does not publish scans that changed nothing, but alerts count them: while an alert is active, they are fetched this often. */
const LOOK_AGAIN_MS = 1_000;

/** Feeds the engine's scans to the alert policy, and keeps its state. */
export class AlertWatch {
  readonly #engine: Pick<Engine, 'snapshot' | 'settings' | 'subscribe' | 'noteAlerts'>;
  readonly #say: (alert: Alert) => void;
  readonly #onSnooze: () => void;
  readonly #now: () => number;
  readonly #unsubscribe: () => void;
  #state: AlertState = NO_ALERTS;
  #previous: Snapshot | null = null;
  #timer: NodeJS.Timeout | null = null;

  /** `now` is wall-clock milliseconds; `onSnooze` hears that a snooze began or ended. */
  constructor(
    engine: Pick<Engine, 'snapshot' | 'settings' | 'subscribe' | 'noteAlerts'>,
    say: (alert: Alert) => void,
    onSnooze: () => void,
    now: () => number = Date.now,
  ) {
    this.#engine = engine;
    this.#say = say;
    this.#onSnooze = onSnooze;
    this.#now = now;
    this.#unsubscribe = engine.subscribe((next) => this.#judge(next));
  }

  get isSnoozed(): boolean {
    return isSnoozed(this.#state, this.#now());
  }

  snooze(): void {
    this.#state = snoozeAlerts(this.#state, this.#now());
    this.#onSnooze();
  }

  endSnooze(): void {
    this.#state = endSnooze(this.#state);
    this.#onSnooze();
  }

  stop(): void {
    this.#unsubscribe();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #judge(next: Snapshot): void {
    const snoozed = this.#state.snooze !== null;
    const { alerts, state } = alertsFor(this.#previous, next, this.#now(), this.#state, this.#engine.settings());
    const changes = alertChanges(this.#state, state, next);
    this.#previous = next;
    this.#state = state;
    if (changes.length > 0) this.#engine.noteAlerts(changes);
    if (this.#engine.settings().notifications) for (const alert of alerts) this.#say(alert);
    if (snoozed && state.snooze === null) this.#onSnooze();
    this.#rearm();
  }

  #rearm(): void {
    const { conditions, alarmed, snooze } = this.#state;
    const open = Object.values(conditions).some(({ raised, found }) => raised !== null || found > 0);
    if (this.#timer !== null || !(open || alarmed || snooze !== null)) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#judge(this.#engine.snapshot());
    }, LOOK_AGAIN_MS);
  }
}
