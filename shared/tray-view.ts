import { isLiftable } from './liftable.ts';
import { totalZombies } from './severity.ts';
import type { Level, Snapshot } from './snapshot.ts';
import { counted } from './words/format.ts';
import { headline, LEVEL_WORDS, scanWords } from './words/snapshot.ts';

/** What choosing an entry of the menu means; the shell carries it out. */
export type MenuAction =
  | 'open'
  | 'clean'
  | 'restart-guide'
  | 'pause-15'
  | 'pause-60'
  | 'resume'
  | 'snooze'
  | 'end-snooze'
  | 'settings'
  | 'logs'
  | 'toggle-login'
  | 'about'
  | 'quit';

/** One line of the tray's menu, as data. */
export type MenuEntry =
  | { kind: 'separator' }
  | { kind: 'action'; action: MenuAction; label: string; enabled: boolean; checked: boolean | null };

/** All that the menu-bar icon shows. */
export interface TrayView {
  /** Which shape: one for each level. */
  icon: Level;
  /** The text beside the icon: the count when it is not 0, `?` when it is not known, else nothing. */
  title: string;
  tooltip: string;
  menu: MenuEntry[];
}

/** What the menu shows that no snapshot holds. */
export interface TrayExtras {
  version: string;
  launchAtLogin: boolean;
  snoozed: boolean;
}

/** What the menu-bar icon shows for a snapshot. Equal inputs give equal views, so that the shell can tell a change. */
export function trayView(snapshot: Snapshot, extras: TrayExtras): TrayView {
  const total = snapshot.level === 'blind' ? null : totalZombies(snapshot.ports);
  return {
    icon: snapshot.level,
    title: total === null ? '?' : total === 0 ? '' : String(total),
    tooltip: tooltip(snapshot),
    menu: menu(snapshot, total, extras),
  };
}

function tooltip(snapshot: Snapshot): string {
  if (snapshot.paused) return 'Sexton: Paused. Nothing is watched until you resume.';
  const { main, detail } = headline(snapshot);
  const look = snapshot.level === 'blind' ? '' : scanWords(snapshot.scan);
  return [`Sexton: ${LEVEL_WORDS[snapshot.level]}.`, main, detail, look].filter((part) => part !== '').join(' ');
}

function menu(snapshot: Snapshot, total: number | null, { version, launchAtLogin, snoozed }: TrayExtras): MenuEntry[] {
  const count =
    total === null ? 'Count unknown' : total === 0 ? 'No zombie connections' : counted(total, 'zombie connection');
  const reviewable = snapshot.owners.some(({ verdict }) => verdict.kind === 'cleanable' || isLiftable(verdict));
  const quiet = snapshot.cleanup.kind !== 'running' && !snapshot.paused && snapshot.level !== 'blind';
  return [
    action('open', count),
    separator,
    action('clean', 'Clean now…', reviewable && quiet),
    action('restart-guide', 'Guided restart…'),
    separator,
    ...(snapshot.paused
      ? [action('resume', 'Resume watching')]
      : [action('pause-15', 'Pause watching for 15 min'), action('pause-60', 'Pause watching for 1 h')]),
    snoozed ? action('end-snooze', 'Stop snoozing alerts') : action('snooze', 'Snooze alerts for 1 h'),
    separator,
    action('settings', 'Settings…'),
    action('logs', 'Open logs'),
    action('toggle-login', 'Open at login', true, launchAtLogin),
    separator,
    action('about', `About Sexton ${version}`),
    action('quit', 'Quit Sexton'),
  ];
}

const separator: MenuEntry = { kind: 'separator' };

function action(name: MenuAction, label: string, enabled = true, checked: boolean | null = null): MenuEntry {
  return { kind: 'action', action: name, label, enabled, checked };
}
