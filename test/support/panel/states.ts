import type { BaseScreen } from '../../../renderer/store.ts';
import type { AppInfo } from '../../../shared/bridge/bridge.ts';
import type { Settings } from '../../../shared/settings/settings.ts';
import type { Snapshot } from '../../../shared/snapshot.ts';
import { RESTARTS } from './restarts.ts';
import { SNAPSHOTS } from './snapshots.ts';

/** Something to do in the panel before the picture is taken. */
export type Act =
  | { click: string; exact?: boolean }
  | { fill: string; text: string }
  | { press: string }
  | { advanceMs: number };

/** One picture of the panel. */
export interface PanelStateFixture {
  snapshot: Snapshot;
  screen?: BaseScreen;
  info?: Partial<AppInfo>;
  settings?: Partial<Settings>;
  /** The engine's answer to a confirmed plan; success when absent. */
  clean?: 'partly' | 'never';
  /** The snapshot after the first plan was made: for lists that change while they are read. */
  later?: Snapshot;
  acts?: readonly Act[];
}

const openReview = { click: 'Clean 4 connections…' } as const satisfies Act;

/** Every state the panel is pictured and checked in. */
export const STATES = {
  clear: { snapshot: SNAPSHOTS.clear },
  notice: { snapshot: SNAPSHOTS.notice },
  warning: { snapshot: SNAPSHOTS.warning },
  critical: { snapshot: SNAPSHOTS.critical },
  blind: { snapshot: SNAPSHOTS.blind },
  stale: { snapshot: SNAPSHOTS.stale },
  paused: { snapshot: SNAPSHOTS.paused },
  'first-look': { snapshot: SNAPSHOTS.firstLook },
  welcome: { snapshot: SNAPSHOTS.clear, info: { firstRun: true } },
  cleaning: { snapshot: SNAPSHOTS.cleaning },
  cleaned: { snapshot: SNAPSHOTS.cleaned },
  'partly-cleaned': { snapshot: SNAPSHOTS.partlyCleaned },
  'gateway-owned': { snapshot: SNAPSHOTS.gatewayOwned },
  jammed: { snapshot: SNAPSHOTS.jammed },
  degraded: { snapshot: SNAPSHOTS.degraded },
  nobody: { snapshot: SNAPSHOTS.nobody },
  'hidden-gateway': { snapshot: SNAPSHOTS.hiddenGateway },
  'bots-only': { snapshot: SNAPSHOTS.botsOnly },
  elsewhere: { snapshot: SNAPSHOTS.elsewhere },
  'unusable-files': { snapshot: SNAPSHOTS.unusableFiles },
  'breaker-held': { snapshot: SNAPSHOTS.held, acts: [{ click: 'Is it stale?' }] },
  'breaker-half-open': { snapshot: SNAPSHOTS.halfOpen },
  'notifications-denied': {
    snapshot: SNAPSHOTS.clear,
    info: {
      notificationProblem: 'They are switched off for Sexton in the system settings.',
      settingsProblem: 'It was moved aside to settings.json.broken-20261121T140100, and the defaults are used.',
    },
  },
  'owner-open': { snapshot: SNAPSHOTS.warning, acts: [{ click: 'runner_async.py' }, { click: 'IB Gateway' }] },
  many: { snapshot: SNAPSHOTS.many },
  'long-names': { snapshot: SNAPSHOTS.longNames, acts: [{ click: 'strategy_mean' }] },
  review: { snapshot: SNAPSHOTS.warning, acts: [openReview] },
  'review-ask-live': { snapshot: SNAPSHOTS.warning, acts: [openReview, { click: 'Stop it too… (research.py)' }] },
  'review-with-live': {
    snapshot: SNAPSHOTS.warning,
    acts: [openReview, { click: 'Stop it too… (research.py)' }, { click: 'Stop it too', exact: true }],
  },
  'review-renewed': {
    snapshot: SNAPSHOTS.warning,
    later: { ...SNAPSHOTS.warning, owners: SNAPSHOTS.warning.owners.filter(({ process }) => process.pid !== 4377) },
    acts: [openReview, { advanceMs: 11_000 }],
  },
  'review-running': { snapshot: SNAPSHOTS.warning, clean: 'never', acts: [openReview, { click: 'Stop 2 bots' }] },
  'review-partly': { snapshot: SNAPSHOTS.warning, clean: 'partly', acts: [openReview, { click: 'Stop 2 bots' }] },
  'review-blind': {
    snapshot: SNAPSHOTS.warning,
    later: SNAPSHOTS.blind,
    acts: [openReview, { advanceMs: 11_000 }],
  },
  'review-nobody': {
    snapshot: SNAPSHOTS.partlyCleaned,
    acts: [{ click: 'Review 1 connection…' }],
  },
  'restart-start': { snapshot: SNAPSHOTS.gatewayOwned, screen: 'restart' },
  'restart-1': { snapshot: RESTARTS.restart1, screen: 'restart' },
  'restart-1-review': {
    snapshot: RESTARTS.restart1,
    screen: 'restart',
    acts: [{ click: 'Stop the bots…' }],
  },
  'restart-2': { snapshot: RESTARTS.restart2, screen: 'restart' },
  'restart-3': { snapshot: RESTARTS.restart3, screen: 'restart' },
  'restart-4': { snapshot: RESTARTS.restart4, screen: 'restart' },
  'restart-5': { snapshot: RESTARTS.restart5, screen: 'restart' },
  'restart-done': { snapshot: RESTARTS.restartDone, screen: 'restart' },
  'restart-undone': { snapshot: RESTARTS.restartUndone, screen: 'restart' },
  'restart-no-bots': { snapshot: RESTARTS.restartNoBots, screen: 'restart' },
  'restart-home': { snapshot: RESTARTS.restart3 },
  history: { snapshot: SNAPSHOTS.warning, screen: 'history' },
  'history-week': {
    snapshot: SNAPSHOTS.warning,
    screen: 'history',
    acts: [{ click: '7 days' }, { click: 'Show as a table' }],
  },
  'history-empty': { snapshot: SNAPSHOTS.firstLook, screen: 'history' },
  settings: { snapshot: SNAPSHOTS.clear, screen: 'settings' },
  'settings-bots-only': {
    snapshot: SNAPSHOTS.botsOnly,
    screen: 'settings',
    settings: {
      ports: [
        { port: 7497, label: 'TWS paper' },
        { port: 4002, label: 'Gateway paper', side: 'bots' },
      ],
    },
  },
  'settings-refused': {
    snapshot: SNAPSHOTS.clear,
    screen: 'settings',
    acts: [
      { fill: 'Warn above', text: '20' },
      { press: 'Enter' },
      { fill: 'Grace period', text: 'soon' },
      { press: 'Enter' },
      { fill: 'Port 2', text: '70000' },
      { press: 'Tab' },
    ],
  },
  doctor: { snapshot: SNAPSHOTS.degraded, screen: 'settings', acts: [{ click: 'Doctor' }] },
} as const satisfies Record<string, PanelStateFixture>;

export type StateName = keyof typeof STATES;
