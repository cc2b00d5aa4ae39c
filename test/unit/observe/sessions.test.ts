import { describe, expect, it } from 'vitest';
import { findSessions, judgeJams, NO_JAM_MEMORY } from '../../../electron/engine/observe/sessions.ts';
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

  it('are counted apart by client port, address family and watched port', () => {
    const six = tcpRow('ESTABLISHED', '[::1]:50001', '[::1]:4002');
    expect(findSessions([client(), tcpRow('ESTABLISHED', 50_002, 4002), six], WATCHED)).toHaveLength(3);
  });

  it('do not include upstream, look-alikes, or what is not established', () => {
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

  it('whose bot is on another machine are not known to be answered', () => {
    expect(findSessions([gateway({ bytesReceived: 17 })], WATCHED)[0]?.answered).toBeNull();
  });
});

describe('a jammed Gateway', () => {
  const jam = (looks: readonly { at: number; rows?: TcpRow[]; backlog?: number | null }[]) => {
    let memory = NO_JAM_MEMORY;
    let jammed: boolean | null | undefined;
    for (const { at, rows = [], backlog } of looks) {
      const waiting = new Map(backlog === undefined ? [] : [[4002, backlog]]);
      const judged = judgeJams(memory, findSessions(rows, WATCHED), waiting, at);
      memory = judged.memory;
      jammed = judged.jammed.get(4002);
    }
    return jammed;
  };
  const unread = [gateway({ recvQ: 17 }), client()];

  it('leaves bytes unread for more than 10 s', () => {
    expect(jam([{ at: 0, rows: unread }])).toBeNull();
    expect(
      jam([
        { at: 0, rows: unread },
        { at: 10_000, rows: unread },
      ]),
    ).toBeNull();
    expect(
      jam([
        { at: 0, rows: unread },
        { at: 10_001, rows: unread },
      ]),
    ).toBe(true);
  });

  it('is proven at the first look when the kernel says how long nothing came in', () => {
    expect(jam([{ at: 0, rows: [gateway({ recvQ: 17, lastSegmentMs: 10_001 })] }])).toBe(true);
  });

  it('is none when it read in between', () => {
    const read = [gateway({ recvQ: 0 }), client()];
    expect(
      jam([
        { at: 0, rows: unread },
        { at: 5_000, rows: read },
        { at: 10_001, rows: unread },
      ]),
    ).toBeNull();
    expect(
      jam([
        { at: 0, rows: unread },
        { at: 10_001, rows: read },
      ]),
    ).toBeUndefined();
  });

  it('is none because a bot reads slowly: only the Gateway’s end tells', () => {
    expect(jam([{ at: 0, rows: [gateway(), client({ recvQ: 999, lastSegmentMs: 60_000 })] }])).toBeUndefined();
  });

  it('keeps its backlog above 0 for three looks', () => {
    expect(
      jam([
        { at: 0, backlog: 1 },
        { at: 1_000, backlog: 2 },
      ]),
    ).toBeNull();
    expect(
      jam([
        { at: 0, backlog: 1 },
        { at: 1_000, backlog: 2 },
        { at: 2_000, backlog: 1 },
      ]),
    ).toBe(true);
    expect(
      jam([
        { at: 0, backlog: 1 },
        { at: 1_000, backlog: 0 },
        { at: 2_000, backlog: 1 },
      ]),
    ).toBeNull();
  });

  it('is none because a clean that verifies looks three times in 60 ms', () => {
    const quick = [0, 20, 40, 60, 80].map((at) => ({ at, backlog: 1 }));
    expect(jam(quick)).toBeNull();
  });

  it('is not known by a backlog that the system does not tell', () => {
    expect(jam([0, 1_000, 2_000, 3_000].map((at) => ({ at, backlog: null })))).toBeUndefined();
  });
});
