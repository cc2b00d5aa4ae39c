import { describe, expect, it } from 'vitest';
import { findSessions } from '../../../electron/engine/observe/sessions.ts';
import type { TcpRow } from '../../../electron/engine/platform/types.ts';
import { tcpRow } from '../clean/builders.ts';

const WATCHED = { ports: new Set([4002]), isGateway: () => false };
const client = (about: Partial<TcpRow> = {}) => tcpRow('ESTABLISHED', 50_001, 4002, about);
const gateway = (about: Partial<TcpRow> = {}) => tcpRow('ESTABLISHED', 4002, 50_001, about);

describe('sessions', () => {
  it('are counted once when both ends are on this host', () => {
    expect(findSessions([client(), gateway()], WATCHED)).toHaveLength(1);
    expect(findSessions([gateway(), client()], WATCHED)).toHaveLength(1);
  });

  it('are counted separately by client port, address family and watched port', () => {
    const six = tcpRow('ESTABLISHED', '[::1]:50001', '[::1]:4002');
    expect(findSessions([client(), tcpRow('ESTABLISHED', 50_002, 4002), six], WATCHED)).toHaveLength(3);
  });

  it('do not include upstream, look-alikes, or connections that are not established', () => {
    const rows = [
      tcpRow('ESTABLISHED', '10.0.0.5:51000', '208.245.107.3:4002'),
      tcpRow('ESTABLISHED', 50_003, 14_002),
      tcpRow('SYN_SENT', 50_004, 4002),
      tcpRow('CLOSE_WAIT', 50_005, 4002),
    ];
    expect(findSessions(rows, WATCHED)).toEqual([]);
  });

  it.each([
    ['silence so far', 0, false],
    ['one byte', 1, true],
    ['what is not told', null, null],
  ])('are answered by %s', (_, bytesReceived, answered) => {
    expect(findSessions([gateway({ bytesReceived: 17 }), client({ bytesReceived })], WATCHED)[0]?.answered).toBe(
      answered,
    );
  });

  it('of a bot on another machine are not known to be answered', () => {
    expect(findSessions([gateway({ bytesReceived: 17 })], WATCHED)[0]?.answered).toBeNull();
  });
});
