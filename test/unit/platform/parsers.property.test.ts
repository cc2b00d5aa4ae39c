import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePs, parsePsNames } from '../../../electron/engine/platform/darwin/process/ps-parse.ts';
import { parseListenQueues } from '../../../electron/engine/platform/darwin/sockets/listen-queues.ts';
import { parseNetstat } from '../../../electron/engine/platform/darwin/sockets/netstat-parse.ts';
import { parseProcNetTcp } from '../../../electron/engine/platform/linux/sockets/proc-net-parse.ts';
import { parseSs } from '../../../electron/engine/platform/linux/sockets/ss-parse.ts';
import { parseLsof } from '../../../electron/engine/platform/sockets/lsof.ts';
import type { Endpoint } from '../../../electron/engine/platform/types.ts';
import { fixture } from './fixtures.ts';

interface Ends {
  local: Endpoint;
  remote?: Endpoint | null;
}

/** The whole number, not a part of a longer one. */
const decimal = (port: number) => new RegExp(`(?<!\\d)${port}(?!\\d)`);
const hexadecimal = (port: number) => new RegExp(`:${port.toString(16).toUpperCase().padStart(4, '0')}\\s`);
/** Where columns touch, a port may stand right before the next address. */
const touching = (port: number) => new RegExp(`[.:]${port}`);

const PARSERS: [string, (text: string) => { rows: Ends[] }, string[], (port: number) => RegExp][] = [
  ['parseLsof', parseLsof, ['linux/lsof_F_all.txt', 'linux/lsof_F_pcLnfTu0_NUL.txt'], decimal],
  ['parseSs', parseSs, ['linux/ss_tanp.txt', 'linux/ss_H_tanie.txt', 'linux/ss_H_tanieO.txt'], decimal],
  [
    'parseNetstat',
    parseNetstat,
    ['macos/netstat_an.txt', 'macos/netstat_anb.txt', 'linux/netstat_W_tanpe.txt'],
    touching,
  ],
  ['parseListenQueues', parseListenQueues, ['macos/netstat_anL.txt'], decimal],
  ['parseProcNetTcp', parseProcNetTcp, ['linux/proc_net_tcp.txt', 'linux/proc_net_tcp6.txt'], hexadecimal],
];

/** Cuts, repeats, swaps and overwrites pieces of a text. */
function mutated(text: string): fc.Arbitrary<string> {
  const at = fc.nat({ max: text.length });
  const junk = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom('\n', '\0', ' ', '%lo0', '[', ']', ':', '.', '->', '99999', '0', '-1', 'CLOSE_WAIT', '*', '🦉'),
  );
  const edit = fc.tuple(at, at, junk);
  return fc.array(edit, { minLength: 1, maxLength: 6 }).map((edits) =>
    edits.reduce((current, [from, to, piece]) => {
      const end = Math.min(current.length, from + (to % 20));
      return current.slice(0, from) + piece + current.slice(end);
    }, text),
  );
}

describe.each(PARSERS)('%s', (_, parse, fixtures, spell) => {
  it.each(fixtures)('never throws and never invents a port, however %s is damaged', (name) => {
    fc.assert(
      fc.property(mutated(fixture(name)), (text) => {
        for (const { local, remote } of parse(text).rows) {
          for (const end of [local, remote ?? null]) {
            if (end === null) continue;
            expect(end.port).toBeGreaterThanOrEqual(1);
            expect(end.port).toBeLessThanOrEqual(65_535);
            expect(text).toMatch(spell(end.port));
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});

it('no parser ever throws on arbitrary text', () => {
  const parsers = [...PARSERS.map(([, parse]) => parse), parsePs, parsePsNames];
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      for (const parse of parsers) parse(text);
    }),
  );
});
