import type { Rectangle } from 'electron';
import type { Page } from 'playwright';
import type { MenuAction } from '../../shared/tray-view.ts';
import type { AppState } from '../support/standin/wire.ts';

/** How to start the app. */
export interface LaunchOptions {
  /** The folder of its settings, state and logs: keep it to start the same app again. */
  home: string;
  env?: Readonly<Record<string, string>>;
}

/** The app under test: its built main, preload and panel, observed and controlled from outside. */
export interface AppHost {
  readonly kind: 'electron' | 'stand-in';
  state(): Promise<AppState>;
  /** Clicks the icon, which is at these bounds now. */
  clickTray(icon?: Rectangle): Promise<void>;
  /** Chooses an entry of the icon's menu. */
  choose(action: MenuAction): Promise<void>;
  /** Waits for the open panel and returns its page. */
  panel(): Promise<Page>;
  /** Clicks a notification or its button. */
  notification(index: number, event: 'click' | 'action'): Promise<void>;
  /** From now on notifications fail, or the desktop has none; `null` restores them. */
  failNotifications(how: 'failed' | 'unsupported' | null): Promise<void>;
  /** The panel's window loses the focus. */
  blur(): Promise<void>;
  /** The panel's page crashes. */
  crash(): Promise<void>;
  /** macOS brings the app to the front, for example because it was opened in the Finder. */
  activate(): Promise<void>;
  /** Starts the app a second time and waits for the end of that start. */
  launchAgain(): Promise<void>;
  power(event: 'suspend' | 'resume' | 'on-battery' | 'on-ac'): Promise<void>;
  /** Moves the app's clocks on by this many milliseconds at once; the panel's clock stays. */
  passTime(ms: number): Promise<void>;
  /** The machine sleeps for this many milliseconds: only the wall clock goes on, and the app is notified of its beginning and end. */
  sleep(ms: number): Promise<void>;
  removeDisplay(): Promise<void>;
  /** A call on any channel from a window that is not the panel's: what main answered; rejects when there is no listener. */
  callAsStranger(channel: string, input: unknown): Promise<unknown>;
  /** What happens when the panel navigates to `url` and opens it in a window. */
  leave(url: string): Promise<{ left: boolean; opened: boolean }>;
  /** Is the panel given this permission? */
  permission(name: string): Promise<boolean>;
  /** The headers with which a file of the panel is served, and its status. */
  fetchFile(path: string): Promise<{ status: number; headers: Record<string, string> }>;
  /** Runs the app's program in terminal mode beside the app, with the same settings. */
  terminal(args: readonly string[]): Promise<{ code: number | null; stdout: string }>;
  /** What main wrote to stderr: its defects. */
  stderr(): string;
  /** Quits the app and waits for its end. */
  quit(): Promise<void>;
}
