import { describe, expect, it } from 'vitest';
import {
  type Comparison,
  isComparisonDue,
  judgeTrust,
} from '../../../../electron/engine/platform/darwin/libproc/trust.ts';

const HOUR = 60 * 60 * 1000;
const NOW = 1_795_000_000_000;
const SEQUOIA = '24F74';

const agreed = (ago = 0, system = SEQUOIA): Comparison => ({ kind: 'agreed', at: NOW - ago, system });
const judge = (last: Comparison | null) => judgeTrust(last, NOW, SEQUOIA);
const isDue = (last: Comparison | null) => isComparisonDue(last, NOW, SEQUOIA);

describe('trust in libproc', () => {
  it('begins with an agreement', () => {
    expect(judge(null)).toEqual({ trusted: false, why: 'never-compared' });
    expect(judge(agreed())).toEqual({ trusted: true, since: NOW });
  });

  it('ends with a disagreement, and does not begin with an empty comparison', () => {
    expect(judge({ ...agreed(), kind: 'disagreed' })).toEqual({ trusted: false, why: 'disagreed' });
    expect(judge({ ...agreed(), kind: 'nothing' })).toEqual({ trusted: false, why: 'nothing-compared' });
  });

  it('lasts a day', () => {
    expect(judge(agreed(24 * HOUR - 1)).trusted).toBe(true);
    expect(judge(agreed(24 * HOUR))).toEqual({ trusted: false, why: 'expired' });
  });

  it('ends with a macOS update', () => {
    expect(judge(agreed(HOUR, '24F70'))).toEqual({ trusted: false, why: 'system-changed' });
  });

  it('ignores a comparison from the future', () => {
    expect(judge(agreed(-1))).toEqual({ trusted: false, why: 'expired' });
  });

  it('is renewed an hour before it ends, and sought while there is none', () => {
    expect(isDue(agreed(22 * HOUR))).toBe(false);
    expect(isDue(agreed(23 * HOUR))).toBe(true);
    for (const last of [null, agreed(30 * HOUR), agreed(0, '24F70'), { ...agreed(), kind: 'disagreed' } as const]) {
      expect(isDue(last)).toBe(true);
    }
  });
});
