import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JamFacts, judgeJams, NO_JAM_MEMORY } from '../../../electron/engine/observe/jams.ts';
import { findSessions } from '../../../electron/engine/observe/sessions.ts';
import type { TrackedZombie } from '../../../electron/engine/observe/zombies.ts';
import { trackZombies } from '../../../electron/engine/observe/zombies.ts';
import type { TcpRow } from '../../../electron/engine/platform/types.ts';
import { tcpRow } from '../clean/builders.ts';

const WATCHED = { ports: new Set([4002]), isGateway: () => false };
const client = (about: Partial<TcpRow> = {}, port = 50_001) => tcpRow('ESTABLISHED', port, 4002, about);
const gateway = (about: Partial<TcpRow> = {}, port = 50_001) => tcpRow('ESTABLISHED', 4002, port, about);
const zombie = (about: Partial<TcpRow> = {}, port = 50_001) => tcpRow('CLOSE_WAIT', 4002, port, about);
/** A session that the Gateway answers. */
const answered = (about: Partial<TcpRow> = {}, port = 60_001) => [
  gateway({ bytesReceived: 500, ...about }, port),
  client({ bytesReceived: 900 }, port),
];
/** As Linux shows what a bot left that was never answered: the greeting of 17 bytes and the FIN. */
const hungZombie = (about: Partial<TcpRow> = {}, port = 50_001) =>
  zombie({ recvQ: 18, bytesReceived: 17, ...about }, port);

interface Look {
  at: number;
  rows?: readonly TcpRow[];
  /** Of the listener; `undefined` while nobody listens. */
  backlog?: number | null | undefined;
}

const RULE = { settleMs: 3_000, secondReadMs: null };

/** What each of these looks, one after the other, says about port 4002. */
function verdicts(looks: readonly Look[]): (boolean | null | undefined)[] {
  let memory = NO_JAM_MEMORY;
  let zombies: ReadonlyMap<string, TrackedZombie> = new Map();
  return looks.map(({ at, rows = [], ...listener }) => {
    zombies = trackZombies(zombies, rows, WATCHED, RULE, at);
    const backlog: JamFacts['backlog'] = new Map(
      'backlog' in listener && listener.backlog === undefined ? [] : [[4002, listener.backlog ?? 0]],
    );
    const sessions = findSessions(rows, WATCHED);
    const judged = judgeJams(memory, { sessions, zombies: zombies.values(), backlog }, at);
    memory = judged.memory;
    return judged.jammed.get(4002);
  });
}

const last = (looks: readonly Look[]) => verdicts(looks).at(-1);

describe('a jammed Gateway', () => {
  const unread = [gateway({ recvQ: 17 }), client()];

  it('leaves bytes unread for more than 10 s', () => {
    expect(last([{ at: 0, rows: unread }])).toBeNull();
    expect(last([0, 10_000].map((at) => ({ at, rows: unread })))).toBeNull();
    expect(last([0, 10_001].map((at) => ({ at, rows: unread })))).toBe(true);
  });

  it('is proven at the first scan when the kernel says how long nothing arrived', () => {
    expect(last([{ at: 0, rows: [gateway({ recvQ: 17, lastSegmentMs: 10_001 })] }])).toBe(true);
  });

  it('is not jammed when it read in between', () => {
    const read = [gateway({ recvQ: 0 }), client()];
    const between = [
      { at: 0, rows: unread },
      { at: 5_000, rows: read },
      { at: 10_001, rows: unread },
    ];
    expect(last(between)).toBeNull();
    expect(
      last([
        { at: 0, rows: unread },
        { at: 10_001, rows: read },
      ]),
    ).toBeUndefined();
  });

  it('is not jammed while it keeps reading, however much is waiting in each scan', () => {
    const looks = Array.from({ length: 30 }, (_, second) => ({
      at: second * 1_000,
      rows: [gateway({ recvQ: 400, bytesReceived: 1_000 + second * 300 }), client()],
    }));
    expect(verdicts(looks)).not.toContain(true);
  });

  it('is not jammed when a bot reads slowly: only the Gateway’s end counts', () => {
    expect(last([{ at: 0, rows: [gateway(), client({ recvQ: 999, lastSegmentMs: 60_000 })] }])).toBeUndefined();
  });

  it('keeps its backlog above 0 for three scans', () => {
    const backlogs = (...backlog: number[]) =>
      last(backlog.map((waiting, look) => ({ at: look * 1_000, backlog: waiting })));
    expect(backlogs(1, 2)).toBeNull();
    expect(backlogs(1, 2, 1)).toBe(true);
    expect(backlogs(1, 0, 1)).toBeNull();
  });

  it('is not jammed because a clean reads the table five times in 80 ms', () => {
    expect(last([0, 20, 40, 60, 80].map((at) => ({ at, backlog: 1 })))).toBeNull();
  });

  it('is not recognised by a backlog that the system does not report', () => {
    expect(last([0, 1_000, 2_000, 3_000].map((at) => ({ at, backlog: null })))).toBeUndefined();
  });
});

describe('a zombie on the Gateway’s side', () => {
  it.each<[string, TcpRow, boolean | null | undefined]>([
    ['whose greeting was never read proves a jam', hungZombie({ lastSegmentMs: 10_001 }), true],
    ['that is younger than 10 s is too new to tell', hungZombie({ lastSegmentMs: 10_000 }), null],
    ['as macOS shows it, without the FIN, does so too', zombie({ recvQ: 17, lastSegmentMs: 10_001 }), true],
    ['of which only the close is unread is a port probe', zombie({ recvQ: 1, lastSegmentMs: 60_000 }), undefined],
    ['with nothing unread was read and not closed', zombie({ recvQ: 0, lastSegmentMs: 60_000 }), undefined],
    ['whose queue is not told says nothing', zombie({ recvQ: null, lastSegmentMs: 60_000 }), undefined],
    [
      'whose greeting was read, but not what came later, says nothing about other bots',
      zombie({ recvQ: 18, bytesReceived: 517, lastSegmentMs: 60_000 }),
      undefined,
    ],
  ])('%s', (_, row, expected) => {
    expect(last([{ at: 0, rows: [row] }])).toBe(expected);
  });

  it('says nothing while its bot has not closed the other end', () => {
    expect(
      last([{ at: 0, rows: [tcpRow('CLOSE_WAIT', 50_001, 4002, { recvQ: 50, lastSegmentMs: 60_000 })] }]),
    ).toBeUndefined();
  });

  it('continues the time of its session: a bot that gives up after 4 s is enough', () => {
    const looks = Array.from({ length: 12 }, (_, second) => ({
      at: second * 1_000,
      rows: second < 4 ? [gateway({ recvQ: 17 }), client()] : [zombie({ recvQ: 18 })],
    }));
    expect(verdicts(looks)).toEqual([...Array<null>(11).fill(null), true]);
  });
});

describe('a session that is being answered', () => {
  const old = hungZombie({ lastSegmentMs: 60_000 });

  it.each<[string, readonly TcpRow[], boolean | null | undefined]>([
    ['keeps old zombies from meaning a jam', answered(), undefined],
    ['is none when its own bytes are unread', answered({ recvQ: 20, lastSegmentMs: 60_000 }), true],
    [
      'is none when the Gateway never sent it anything',
      [gateway({}, 60_001), client({ bytesReceived: 0 }, 60_001)],
      true,
    ],
    ['cannot be told on another machine, so the jam is not known', [gateway({ bytesReceived: 900 }, 60_001)], null],
    ['is none by a probe that connected and is silent', [gateway({ bytesReceived: 0 }, 60_001)], true],
  ])('%s', (_, rows, expected) => {
    expect(last([{ at: 0, rows: [old, ...rows] }])).toBe(expected);
  });

  it('on another port says nothing about this one', () => {
    const elsewhere = [tcpRow('ESTABLISHED', 60_001, 4001, { bytesReceived: 900 })];
    expect(last([{ at: 0, rows: [old, ...elsewhere] }])).toBe(true);
  });

  it('keeps a backlog from meaning a jam', () => {
    expect(last([0, 1_000, 2_000, 3_000].map((at) => ({ at, backlog: 2, rows: answered() })))).toBeUndefined();
  });

  it('counts as answered although it has just sent something', () => {
    const looks = [0, 1_000, 2_000, 3_000].map((at) => ({
      at,
      rows: [old, ...answered(at === 2_000 ? { recvQ: 40, bytesReceived: 540 } : {})],
    }));
    expect(verdicts(looks)).not.toContain(true);
  });

  it('that is new ends a jam for good, even after it has closed', () => {
    const looks: Look[] = [
      { at: 0, rows: [old] },
      { at: 1_000, rows: [old, ...answered()] },
      ...[2_000, 30_000, 60_000].map((at) => ({ at, rows: [old] })),
    ];
    expect(verdicts(looks)).toEqual([true, undefined, undefined, undefined, undefined]);
  });

  it('that is no longer answered counts towards a jam after 10 s', () => {
    const stuck = (at: number) => ({ at, rows: [hungZombie(), ...answered({ recvQ: 40 })] });
    const looks = [{ at: 0, rows: answered() }, ...[1_000, 11_000, 11_001].map(stuck)];
    expect(verdicts(looks)).toEqual([undefined, null, null, true]);
  });
});

describe('a proven jam', () => {
  const unread = (port: number) => [gateway({ recvQ: 17 }, port), client({}, port)];
  const proven: Look[] = [0, 10_001].map((at) => ({ at, rows: unread(50_001) }));

  it('lasts while the next bot has not yet waited for 10 s', () => {
    expect(verdicts([...proven, { at: 15_000 }, { at: 16_000, rows: unread(50_002) }]).slice(1)).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('is over when nothing has shown it for 10 s', () => {
    expect(last([...proven, { at: 20_002 }])).toBeUndefined();
  });

  it('is over as soon as the Gateway reads', () => {
    expect(last([...proven, { at: 11_000, rows: [gateway(), client()] }])).toBeUndefined();
  });

  it('is over when nothing listens any more', () => {
    expect(last([...proven, { at: 11_000, backlog: undefined }])).toBeUndefined();
  });
});

describe('any run of a hung Gateway', () => {
  const run = fc.record({
    lookMs: fc.integer({ min: 300, max: 5_000 }),
    /** ib_async gives up after 4 s, others after 15 s or more. */
    timeoutMs: fc.integer({ min: 500, max: 30_000 }),
    backoffMs: fc.integer({ min: 0, max: 60_000 }),
    /** Linux counts the FIN and tells ages; macOS does neither. */
    linux: fc.boolean(),
  });

  it('shows the jam in time when a bot gives up and comes back, without flapping', () => {
    fc.assert(
      fc.property(run, ({ lookMs, timeoutMs, backoffMs, linux }) => {
        const period = timeoutMs + backoffMs;
        const rowsAt = (at: number) =>
          Array.from({ length: Math.floor(at / period) + 1 }, (_, turn) => {
            const age = at - turn * period;
            const port = 50_001 + turn;
            const quiet = (ms: number) => (linux ? { lastSegmentMs: ms, bytesReceived: 17 } : { bytesReceived: 17 });
            return age < timeoutMs
              ? [gateway({ recvQ: 17, ...quiet(age) }, port), client({ bytesReceived: 0 }, port)]
              : [zombie({ recvQ: linux ? 18 : 17, ...quiet(age - timeoutMs) }, port)];
          }).flat();
        const looks = Array.from({ length: Math.ceil(120_000 / lookMs) }, (_, look) => ({
          at: look * lookMs,
          rows: rowsAt(look * lookMs),
        }));
        const said = verdicts(looks);
        const first = said.indexOf(true);
        expect(first).toBeGreaterThanOrEqual(0);
        expect(first * lookMs).toBeLessThanOrEqual(10_000 + lookMs);
        expect(said.slice(first).every((verdict) => verdict === true)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});

describe('any run of a Gateway that answers', () => {
  it('is never called a jam, with any mix of probes, careless bots and bytes in transit', () => {
    const look = fc.record({
      stepMs: fc.integer({ min: 20, max: 5_000 }),
      onTheirWay: fc.integer({ min: 0, max: 400 }),
      sent: fc.integer({ min: 0, max: 400 }),
      probes: fc.integer({ min: 0, max: 5 }),
      /** Zombies of bots that were answered and left without a close. */
      careless: fc.integer({ min: 0, max: 5 }),
    });
    fc.assert(
      fc.property(fc.array(look, { minLength: 1, maxLength: 60 }), (steps) => {
        let at = 0;
        let read = 500;
        const looks = steps.map(({ stepMs, onTheirWay, sent, probes, careless }): Look => {
          at += stepMs;
          read += sent;
          const waiting = sent === 0 ? 0 : onTheirWay;
          return {
            at,
            rows: [
              ...answered({ recvQ: waiting, bytesReceived: read + waiting }),
              ...Array.from({ length: probes }, (_, n) => zombie({ recvQ: 1, bytesReceived: 0 }, 40_000 + n)),
              ...Array.from({ length: careless }, (_, n) => zombie({ recvQ: 0, bytesReceived: 900 }, 41_000 + n)),
            ],
          };
        });
        expect(verdicts(looks)).not.toContain(true);
      }),
      { numRuns: 300 },
    );
  });
});
