import { describe, expect, it } from 'vitest';
import { type MenuAction, type TrayView, trayView } from '../../../shared/tray-view.ts';
import { portState, snapshotOf } from '../../support/standin/snapshots.ts';

const extras = { version: '1.2.3', launchAtLogin: false, snoozed: false };
const entry = (view: TrayView, action: MenuAction) =>
  view.menu.find((item) => item.kind === 'action' && item.action === action);

describe('the menu-bar icon', () => {
  it.each(['clear', 'notice', 'warning', 'critical', 'blind'] as const)('has a shape for %s', (level) => {
    expect(trayView(snapshotOf({ level }), extras).icon).toBe(level);
  });

  it('shows the count only when it is not 0', () => {
    expect(trayView(snapshotOf(), extras).title).toBe('');
    const seven = snapshotOf({ level: 'warning', ports: [portState({ client: 5, gateway: 2 })] });
    expect(trayView(seven, extras).title).toBe('7');
  });

  it('never shows an unknown count as none', () => {
    const view = trayView(snapshotOf({ blind: true }), extras);
    expect(view.title).toBe('?');
    expect(view.tooltip).toContain('Cannot see');
    expect(view.tooltip).toContain('unknown');
  });

  it('says in words what it shows', () => {
    const seven = snapshotOf({ level: 'warning', ports: [portState({ client: 5, gateway: 2 })] });
    expect(trayView(seven, extras).tooltip).toBe(
      'Sexton: Warning. 5 connections that bots should have closed. The Gateway holds 2.',
    );
  });

  it('says that it is paused', () => {
    expect(trayView(snapshotOf({ paused: true }), extras).tooltip).toContain('Paused');
  });

  it('is equal for looks that differ in time alone', () => {
    const early = trayView(snapshotOf({ at: '2026-11-21T09:00:00.000Z' }), extras);
    const late = trayView(snapshotOf({ at: '2026-11-21T09:00:05.000Z', seq: 2 }), extras);
    expect(late).toEqual(early);
  });
});

describe('the menu', () => {
  const process = { pid: 11, startedAt: '', uid: 501, name: 'runner.py', commandLine: '' };
  const owner = (
    verdict: { kind: 'cleanable'; reason: 'python' } | { kind: 'protected'; reason: 'gateway-listener' },
  ) => ({
    process,
    side: 'client' as const,
    ports: [7497],
    zombies: 1,
    established: 0,
    oldestMs: 5_000,
    verdict,
    culprits: [],
    sockets: [],
  });

  it('offers to clean only what a review could free', () => {
    const cleanable = snapshotOf({ owners: [owner({ kind: 'cleanable', reason: 'python' })] });
    const held = snapshotOf({ owners: [owner({ kind: 'protected', reason: 'gateway-listener' })] });
    expect(entry(trayView(cleanable, extras), 'clean')).toMatchObject({ enabled: true });
    expect(entry(trayView(held, extras), 'clean')).toMatchObject({ enabled: false });
    const running = { ...cleanable, cleanup: { kind: 'running', since: '' } as const };
    expect(entry(trayView(running, extras), 'clean')).toMatchObject({ enabled: false });
  });

  it('offers to resume instead of to pause while paused', () => {
    const view = trayView(snapshotOf({ paused: true }), extras);
    expect(entry(view, 'resume')).toBeDefined();
    expect(entry(view, 'pause-15')).toBeUndefined();
    expect(entry(trayView(snapshotOf(), extras), 'pause-60')).toBeDefined();
  });

  it('shows what is switched on', () => {
    const view = trayView(snapshotOf(), { ...extras, launchAtLogin: true, snoozed: true });
    expect(entry(view, 'toggle-login')).toMatchObject({ label: 'Open at login', checked: true });
    expect(entry(view, 'end-snooze')).toBeDefined();
    expect(entry(view, 'snooze')).toBeUndefined();
  });

  it('names the version', () => {
    expect(entry(trayView(snapshotOf(), extras), 'about')).toMatchObject({ label: 'About Sexton 1.2.3' });
  });
});
