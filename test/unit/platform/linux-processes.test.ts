import { describe, expect, it } from 'vitest';
import { parseStat } from '../../../electron/engine/platform/linux/processes.ts';

const rest = (state = 'S') => `${state} 19691 19667 700 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 1723466 9 9 9`;

describe('parseStat', () => {
  it('reads state, parent, session and start time', () => {
    expect(parseStat(`19693 (java) ${rest()}`)).toEqual({
      name: 'java',
      state: 'S',
      ppid: 19691,
      session: 700,
      startTicks: 1723466,
    });
  });

  it('is not misled by a name with blanks and parentheses', () => {
    expect(parseStat(`7 (a) R 1 1 1 (b) ) ${rest('Z')}`)).toMatchObject({
      name: 'a) R 1 1 1 (b) ',
      state: 'Z',
      ppid: 19691,
    });
  });

  it.each(['', 'nonsense', '7 (java', '7 (java) S', '7 (java) S x y z'])('refuses %j', (text) => {
    expect(parseStat(text)).toBeNull();
  });
});
