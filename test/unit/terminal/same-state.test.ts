import { describe, expect, it } from 'vitest';
import { sameState } from '../../../electron/terminal/commands/watch/same-state.ts';
import type { Snapshot } from '../../../shared/snapshot.ts';
import { owner, portState, processRef, SEVEN, snapshot } from './support.ts';

const later: Snapshot = {
  ...SEVEN,
  seq: 99,
  at: '2025-12-06T15:00:00.000Z',
  scan: { ...SEVEN.scan, at: '2025-12-06T15:00:00.000Z', durationMs: 11 },
  owners: SEVEN.owners.map((each) => ({
    ...each,
    oldestMs: each.oldestMs + 5_000,
    sockets: each.sockets.map((socket) => ({ ...socket, ageMs: 725_000 })),
  })),
};

describe('sameState', () => {
  it('is true if only ages and times differ', () => {
    expect(sameState(SEVEN, later)).toBe(true);
  });

  it('ignores a countdown in a sentence', () => {
    const said = (text: string) => snapshot({ advice: { kind: 'wait', text } });
    expect(sameState(said('Wait 12 s more.'), said('Wait 3 min more.'))).toBe(true);
    expect(sameState(said('Wait 12 s more.'), said('Restart it.'))).toBe(false);
    expect(sameState(said('Frees 4 connections.'), said('Frees 3 connections.'))).toBe(false);
  });

  it.each([
    ['a count', { ports: [portState(7497, 'TWS paper', 1)] }],
    ['a session', { ports: [portState(7497, 'TWS paper', 0, 0, { established: 1 })] }],
    ['a level', { level: 'notice' }],
    ['a number that became unknown', { unattributed: null }],
    ['a problem', { scan: { ...snapshot().scan, problems: [{ code: 'tool-missing', tool: 'lsof', hint: '' }] } }],
    ['an owner', { owners: [owner(processRef(1, 'a.py'), 1)] }],
    ['a breaker', { breaker: { ...snapshot().breaker, state: 'open' } }],
  ] satisfies [string, Partial<Snapshot>][])('is false after a change of %s', (_what, more) => {
    expect(sameState(snapshot(), snapshot(more))).toBe(false);
  });

  it('is false if a pid belongs to another process now', () => {
    const held = (startedAt: string) => snapshot({ owners: [owner({ ...processRef(1, 'a.py'), startedAt }, 1)] });
    expect(sameState(held('2025-12-06T09:00:00.000Z'), held('2025-12-06T10:00:00.000Z'))).toBe(false);
  });
});
