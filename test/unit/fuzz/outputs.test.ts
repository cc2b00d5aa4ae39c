import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDarwin } from '../../../electron/engine/platform/darwin/index.ts';
import { parseLsof, parseNetstat, parseProcNetTcp, parseSs } from '../../../electron/engine/platform/index.ts';
import { judgeLsof } from '../../../electron/engine/platform/sockets/holdings.ts';
import type { Endpoint, TcpState } from '../../../electron/engine/platform/types.ts';
import { success } from '../../../shared/result.ts';
import { fixture } from '../platform/fixtures.ts';
import { runs, TIMEOUT_MS } from './runs.ts';

interface Row {
  state: TcpState;
  local: Endpoint;
  remote: Endpoint | null;
}

interface Source {
  parse: (text: string) => { rows: Row[] };
  fixtures: string[];
  /** Splits a text into the pieces that each may say one socket; joined they are the text again. */
  pieces: (text: string) => string[];
  /** How the source writes a state and a port, for a search in a piece. */
  state: (state: TcpState) => RegExp;
  port: (port: number) => RegExp;
}

const lines = (text: string) => text.split(/(?<=\n)/);
const CODES: TcpState[] = [
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECEIVED',
  'FIN_WAIT_1',
  'FIN_WAIT_2',
  'TIME_WAIT',
  'CLOSED',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
];
/** The words that the tools have for a state where it is not its name with other separators. */
const OTHER_WORDS: Partial<Record<TcpState, RegExp>> = {
  ESTABLISHED: /ESTAB/,
  SYN_RECEIVED: /SYN[-_]?R/,
  CLOSED: /CLOSE|UNCONN|BOUND/,
};
const spelled = (state: TcpState) => OTHER_WORDS[state] ?? new RegExp(state.replaceAll('_', '[-_]?'));

const SOURCES: [string, Source][] = [
  [
    'ss',
    {
      parse: parseSs,
      fixtures: ['linux/ss_H_tanieO.txt', 'linux/ss_tanp.txt', 'linux/ss_H_tanpO.txt'],
      pieces: lines,
      state: spelled,
      port: (port) => new RegExp(`:${port}(?!\\d)`),
    },
  ],
  [
    'netstat',
    {
      parse: parseNetstat,
      fixtures: ['macos/netstat_an.txt', 'macos/netstat_anb.txt', 'macos/netstat_an_touching.txt'],
      pieces: lines,
      state: spelled,
      port: (port) => new RegExp(`[.:]${port}`),
    },
  ],
  [
    '/proc/net/tcp',
    {
      parse: parseProcNetTcp,
      fixtures: ['linux/proc_net_tcp.txt', 'linux/proc_net_tcp6.txt'],
      pieces: lines,
      state: (state) =>
        state === 'SYN_RECEIVED'
          ? / (03|0C) /
          : new RegExp(` 0${(CODES.indexOf(state) + 1).toString(16).toUpperCase()} `),
      port: (port) => new RegExp(`:${port.toString(16).toUpperCase().padStart(4, '0')} `),
    },
  ],
  [
    'lsof',
    {
      parse: parseLsof,
      fixtures: ['linux/lsof_F_pufdtPnT0.txt', 'macos/lsof_F_pufdtPnT0.txt', 'linux/lsof_F_all.txt'],
      // A file's set begins with its descriptor.
      pieces: (text) => text.split(/(?<=[\0\n])(?=f)/),
      state: spelled,
      port: (port) => new RegExp(`:${port}(?!\\d)`),
    },
  ],
];

const junk = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.constantFrom(
    '\0',
    ' ',
    '%lo0',
    '[',
    ']',
    ':',
    '.',
    '->',
    '65536',
    '4002',
    '-1',
    'CLOSE-WAIT',
    'CLOSE_WAIT',
    '*',
    '🦉',
  ),
);

/** A text of whole pieces: some gone, some twice, some elsewhere, some with a wound. */
function shuffled(pieces: readonly string[]): fc.Arbitrary<string[]> {
  const wound = fc.option(fc.tuple(fc.nat(400), fc.nat(12), junk), { freq: 3 });
  return fc.array(fc.tuple(fc.nat(pieces.length - 1), wound), { maxLength: pieces.length }).map((chosen) =>
    chosen.map(([at, hit]) => {
      const piece = pieces[at] ?? '';
      if (hit === null) return piece;
      const [where, length, text] = hit;
      const from = where % Math.max(1, piece.length);
      return piece.slice(0, from) + text + piece.slice(from + length);
    }),
  );
}

describe.each(SOURCES)(
  'the output of %s, in pieces',
  { timeout: TIMEOUT_MS },
  (_, { parse, fixtures, pieces, state, port }) => {
    it.each(fixtures)(
      'makes no socket that does not stand in one piece with its state and both its ports: %s',
      (name) => {
        fc.assert(
          fc.property(shuffled(pieces(fixture(name))), (chosen) => {
            const text = chosen.join('');
            // A wound may have joined or split pieces, so what counts are the pieces of the text as it is now.
            const now = pieces(text);
            for (const row of parse(text).rows) {
              const says = (piece: string) =>
                state(row.state).test(piece) &&
                port(row.local.port).test(piece) &&
                (row.remote === null || port(row.remote.port).test(piece));
              expect(now.some(says), JSON.stringify(row)).toBe(true);
            }
          }),
          runs(150),
        );
      },
    );

    it.each(fixtures)('loses no socket of an intact piece to damage in others: %s', (name) => {
      const whole = pieces(fixture(name));
      fc.assert(
        fc.property(
          fc.nat(whole.length - 1),
          junk.filter((text) => !/[\n\0]/.test(text)),
          (at, text) => {
            const wounded = whole.map((piece, index) => (index === at ? text + piece.slice(text.length) : piece));
            const rows = parse(wounded.join('')).rows.map(ends);
            const missing = parse(whole.join('')).rows.filter((row) => !rows.includes(ends(row)));
            // A set of lsof may be the first of its process, whose pid is then gone for all of it.
            if (parse !== parseLsof) expect(missing.length).toBeLessThanOrEqual(1);
          },
        ),
        runs(100),
      );
    });
  },
);

/** A row without what a header decides or a later line adds. */
function ends({ state, local, remote }: Row): string {
  return JSON.stringify([state, local, remote]);
}

/** Every place at which a text can break off. */
const cuts = (text: string) => fc.nat(text.length).map((at) => text.slice(0, at));

describe('output that breaks off', { timeout: TIMEOUT_MS }, () => {
  it.each(['linux/lsof_F_pufdtPnT0.txt', 'macos/lsof_F_pufdtPnT0.txt'])(
    'inside a line of lsof is rejected: %s',
    (name) => {
      const text = fixture(name);
      const known = parseLsof(text).rows.map((row) => JSON.stringify(row));
      fc.assert(
        fc.property(cuts(text), (cut) => {
          const judged = judgeLsof({ stdout: cut, stderr: '', exitCode: 0 });
          if (!judged.ok) return;
          expect(cut.endsWith('\n')).toBe(true);
          for (const row of judged.value.rows) expect(known).toContain(JSON.stringify(row));
        }),
        runs(300),
      );
    },
  );

  it('inside a line of netstat is rejected', async () => {
    const text = fixture('macos/netstat_an.txt');
    const known = parseNetstat(text).rows.map(ends);
    await fc.assert(
      fc.asyncProperty(cuts(text), async (cut) => {
        const platform = createDarwin({
          self: { pid: 4310, uid: 501 },
          run: async () => success({ stdout: cut, stderr: '', exitCode: 0 }),
        });
        const read = await platform.readTable([4002]);
        if (!read.ok) return;
        expect(cut.endsWith('\n')).toBe(true);
        for (const row of read.value.rows) expect(known).toContain(ends(row));
      }),
      runs(200),
    );
  });
});
