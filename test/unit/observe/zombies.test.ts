import { describe, expect, it } from 'vitest';
import { type CountingRule, trackZombies } from '../../../electron/engine/observe/zombies.ts';
import type { TcpRow } from '../../../electron/engine/platform/types.ts';
import { tcpRow } from '../clean/builders.ts';

const WATCHED = { ports: new Set([4002]), isGateway: () => false };
const ONCE: CountingRule = { settleMs: 3_000, secondReadMs: 250 };
const SETTLED: CountingRule = { settleMs: 3_000, secondReadMs: null };
const fresh = tcpRow('CLOSE_WAIT', 50_001, 4002, { inode: 11 });

/** Looks at the given moments and tells what the last one says of the only zombie. */
function looks(rule: CountingRule, moments: readonly (readonly [number, TcpRow[]])[]) {
  let zombies: ReturnType<typeof trackZombies> = new Map();
  for (const [at, rows] of moments) zombies = trackZombies(zombies, rows, WATCHED, rule, at);
  const found = [...zombies.values()];
  return found.map(({ counted, ageMs, side }) => ({ counted, ageMs, side }));
}

describe('a socket in CLOSE_WAIT', () => {
  it('is only closing when first seen (defect D5)', () => {
    expect(looks(ONCE, [[1_000, [fresh]]])).toEqual([{ counted: false, ageMs: 0, side: 'client' }]);
  });

  it.each([
    [249, false],
    [250, true],
  ])('counts in a one-shot scan when a second read sees it %i ms later: %s', (later, counted) => {
    expect(
      looks(ONCE, [
        [1_000, [fresh]],
        [1_000 + later, [fresh]],
      ])[0]?.counted,
    ).toBe(counted);
  });

  it.each([
    [2_999, false],
    [3_000, true],
  ])('counts in the running app when it is %i ms old: %s', (later, counted) => {
    expect(
      looks(SETTLED, [
        [0, [fresh]],
        [250, [fresh]],
        [later, [fresh]],
      ])[0]?.counted,
    ).toBe(counted);
  });

  it('counts in the first scan where the kernel proves its age', () => {
    const old = { ...fresh, lastSegmentMs: 60_000 };
    expect(looks(SETTLED, [[0, [old]]])).toEqual([{ counted: true, ageMs: 60_000, side: 'client' }]);
  });

  it('stays counted when a keep-alive makes its last segment recent', () => {
    const old = { ...fresh, lastSegmentMs: 60_000 };
    const alive = { ...fresh, lastSegmentMs: 5 };
    expect(
      looks(SETTLED, [
        [0, [old]],
        [100, [alive]],
      ]),
    ).toEqual([{ counted: true, ageMs: 100, side: 'client' }]);
  });

  it('starts over when it was gone in between', () => {
    expect(
      looks(ONCE, [
        [0, [fresh]],
        [5_000, []],
        [9_000, [fresh]],
      ]),
    ).toEqual([{ counted: false, ageMs: 0, side: 'client' }]);
  });

  it('is a new zombie when the same endpoints belong to another socket (inode)', () => {
    expect(
      looks(ONCE, [
        [0, [fresh]],
        [9_000, [{ ...fresh, inode: 12 }]],
      ])[0]?.counted,
    ).toBe(false);
  });

  it('is the same zombie where no inode is known', () => {
    const plain = { ...fresh, inode: null };
    expect(
      looks(SETTLED, [
        [0, [plain]],
        [3_000, [plain]],
      ])[0]?.counted,
    ).toBe(true);
  });

  it.each([
    'ESTABLISHED',
    'TIME_WAIT',
    'FIN_WAIT_1',
    'FIN_WAIT_2',
    'LAST_ACK',
    'CLOSING',
    'CLOSED',
    'SYN_SENT',
  ] as const)('is none in %s', (state) => {
    expect(looks(SETTLED, [[0, [{ ...fresh, state, lastSegmentMs: 60_000 }]]])).toEqual([]);
  });

  it('counts once for each pair of endpoints, on each side separately', () => {
    const rows = [fresh, tcpRow('CLOSE_WAIT', 4002, 50_001, { inode: 13 }), tcpRow('CLOSE_WAIT', 50_002, 4002)];
    expect(looks(SETTLED, [[0, rows]]).map(({ side }) => side)).toEqual(['client', 'gateway', 'client']);
  });
});
