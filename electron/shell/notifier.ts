import type { Notification, NotificationConstructorOptions } from 'electron';
import type { Alert } from '../../shared/advice/alerts.ts';
import type { Screen } from '../../shared/bridge/bridge.ts';

/** How many notifications are kept referenced; older ones have long been read. */
const KEPT = 20;

type Shown = Pick<Notification, 'on' | 'show' | 'close'>;

/** What the notifier needs from outside. */
export interface NotifierParts {
  isSupported(): boolean;
  create(options: NotificationConstructorOptions): Shown;
  onClick(screen: Screen): void;
  onSnooze(): void;
  /** Why notifications do not reach the user, in words; `null` when one did. */
  onProblem(problem: string | null): void;
}

/** Shows alerts as system notifications, and reports when the system does not show them. */
export class Notifier {
  readonly #parts: NotifierParts;
  /** A garbage-collected notification disappears from the screen, and its click is never reported. */
  readonly #kept = new Set<Shown>();

  constructor(parts: NotifierParts) {
    this.#parts = parts;
  }

  show(alert: Alert): void {
    if (!this.#parts.isSupported()) {
      this.#parts.onProblem('This desktop offers no notifications. Alerts are shown in the menu bar and here only.');
      return;
    }
    const quiet = alert.severity === 'quiet';
    const lasting = alert.severity === 'warning' || alert.severity === 'critical';
    const notification = this.#parts.create({
      title: alert.title,
      body: alert.body,
      silent: quiet,
      urgency: alert.severity === 'critical' ? 'critical' : quiet ? 'low' : 'normal',
      ...(lasting ? { actions: [{ type: 'button', text: 'Snooze for 1 h' }] } : {}),
    });
    this.#keep(notification);
    notification.on('show', () => this.#parts.onProblem(null));
    notification.on('failed', (_event, error) => {
      this.#kept.delete(notification);
      this.#parts.onProblem(
        `macOS did not show a notification (${error}). Allow Sexton under System Settings, Notifications.`,
      );
    });
    notification.on('close', () => this.#kept.delete(notification));
    notification.on('click', () => {
      this.#kept.delete(notification);
      this.#parts.onClick(alert.screen);
    });
    notification.on('action', () => this.#parts.onSnooze());
    notification.show();
  }

  #keep(notification: Shown): void {
    this.#kept.add(notification);
    for (const oldest of this.#kept) {
      if (this.#kept.size <= KEPT) return;
      this.#kept.delete(oldest);
    }
  }
}
