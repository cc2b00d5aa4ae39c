import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../../electron/engine/connect/guard/backoff.ts';

describe('the wait before the next attempt', () => {
  it.each([
    [1, 1_000],
    [2, 2_000],
    [3, 4_000],
    [6, 32_000],
    [7, 60_000],
    [1_000, 60_000],
  ])('after %i failures is %i ms without jitter', (failures, ms) => {
    expect(backoffMs(failures, () => 0)).toBe(ms);
  });

  it('gets up to a quarter more at random', () => {
    expect(backoffMs(1, () => 1)).toBe(1_250);
    expect(backoffMs(7, () => 1)).toBe(75_000);
    fc.assert(
      fc.property(fc.nat(5_000), fc.double({ min: 0, max: 1, noNaN: true }), (failures, chance) => {
        const ms = backoffMs(failures, () => chance);
        expect(ms).toBeGreaterThanOrEqual(1_000);
        expect(ms).toBeLessThanOrEqual(75_000);
      }),
    );
  });
});
