import { describe, expect, it } from 'vitest';
import { sameButForTime } from '../../../electron/terminal/commands/watch/same-but-for-time.ts';
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

describe('sameButForTime', () => {
  it('takes a change in ages and times alone for no change', () => {
    expect(sameButForTime(SEVEN, later)).toBe(true);
  });

  it('takes a countdown in a sentence for time', () => {
    const said = (text: string) => snapshot({ advice: { kind: 'wait', text } });
    expect(sameButForTime(said('Wait 12 s more.'), said('Wait 3 min more.'))).toBe(true);
    expect(sameButForTime(said('Wait 12 s more.'), said('Restart it.'))).toBe(false);
    expect(sameButForTime(said('Frees 4 connections.'), said('Frees 3 connections.'))).toBe(false);
  });

  it.each([
    ['a count', { ports: [portState(7497, 'TWS paper', 1)] }],
    ['a session', { ports: [portState(7497, 'TWS paper', 0, 0, { established: 1 })] }],
    ['a level', { level: 'notice' }],
    ['a number that is not known any more', { unattributed: null }],
    ['a problem', { scan: { ...snapshot().scan, problems: [{ code: 'tool-missing', tool: 'lsof', hint: '' }] } }],
    ['an owner', { owners: [owner(processRef(1, 'a.py'), 1)] }],
    ['a breaker', { breaker: { ...snapshot().breaker, state: 'open' } }],
  ] satisfies [string, Partial<Snapshot>][])('sees a change of %s', (_what, more) => {
    expect(sameButForTime(snapshot(), snapshot(more))).toBe(false);
  });

  it('sees that a pid belongs to another process now', () => {
    const held = (startedAt: string) => snapshot({ owners: [owner({ ...processRef(1, 'a.py'), startedAt }, 1)] });
    expect(sameButForTime(held('2025-12-06T09:00:00.000Z'), held('2025-12-06T10:00:00.000Z'))).toBe(false);
  });
});
