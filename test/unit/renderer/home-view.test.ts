import { describe, expect, it } from 'vitest';
import { homeActions, lastKnown, nobodyListens, shownPorts, toneOf } from '../../../renderer/home/home-view.ts';
import { recordOf } from '../../support/panel/records.ts';
import { RESTARTS } from '../../support/panel/restarts.ts';
import { SNAPSHOTS, type SnapshotName } from '../../support/panel/snapshots.ts';

describe('what the home screen offers', () => {
  const cases: [SnapshotName, ReturnType<typeof homeActions>][] = [
    ['clear', { first: null, second: null }],
    ['notice', { first: { kind: 'clean', connections: 1 }, second: null }],
    ['warning', { first: { kind: 'clean', connections: 4 }, second: { kind: 'restart' } }],
    ['gatewayOwned', { first: { kind: 'restart' }, second: null }],
    ['jammed', { first: { kind: 'restart' }, second: null }],
    ['partlyCleaned', { first: { kind: 'review', connections: 1 }, second: { kind: 'restart' } }],
    ['cleaning', { first: { kind: 'cleaning' }, second: null }],
    ['blind', { first: { kind: 'blind' }, second: null }],
    ['stale', { first: null, second: null }],
    ['degraded', { first: null, second: null }],
  ];
  it.each(cases)('in the state %s is right', (name, expected) => {
    expect(homeActions(SNAPSHOTS[name])).toEqual(expected);
  });

  it('continues a guided restart that is running', () => {
    expect(homeActions(RESTARTS.restart3).first).toEqual({ kind: 'continue-restart', step: 3 });
  });

  it('puts the restart first, and cleaning second, when advice says that a restart helps', () => {
    const advice = { kind: 'restart', text: '' } as const;
    const { first, second } = homeActions({ ...SNAPSHOTS.warning, advice });
    expect([first?.kind, second?.kind]).toEqual(['restart', 'clean']);
  });
});

describe('how the count is to be read', () => {
  it.each([
    ['clear', 'clear'],
    ['blind', 'blind'],
    ['firstLook', 'looking'],
    ['stale', 'stale'],
    ['paused', 'paused'],
    ['degraded', 'warning'],
  ] as const)('%s is read as %s', (name, tone) => {
    expect(toneOf(SNAPSHOTS[name])).toBe(tone);
  });
});

describe('the chips', () => {
  it('show only ports with a listener or connections, or all ports when none has any', () => {
    expect(shownPorts(SNAPSHOTS.clear.ports).map(({ port }) => port)).toEqual([7497, 4002]);
    expect(shownPorts(SNAPSHOTS.nobody.ports)).toHaveLength(4);
  });

  it('keep a port of which nothing is known', () => {
    expect(shownPorts(SNAPSHOTS.blind.ports)).toHaveLength(4);
    expect(nobodyListens(SNAPSHOTS.blind.ports)).toBe(false);
    expect(nobodyListens(SNAPSHOTS.nobody.ports)).toBe(true);
  });
});

describe('the last count that was known', () => {
  it('is taken from before the periods in which nothing was seen', () => {
    const record = recordOf('1h', null);
    expect(record.points.at(-1)?.client).toBeNull();
    expect(lastKnown(record)?.count).toBe(3);
  });

  it('is nothing without a record', () => {
    expect(lastKnown(null)).toBeNull();
    expect(lastKnown({ points: [], events: [], cleanRate: null })).toBeNull();
  });
});
