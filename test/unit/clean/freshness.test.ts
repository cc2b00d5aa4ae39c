import { describe, expect, it } from 'vitest';
import { isFresh, type Reading } from '../../../electron/engine/clean/signal/freshness.ts';

describe('a reading may be acted on', () => {
  it.each<[string, boolean, Reading['by'], number, number, number]>([
    ['natively, at the moment it ends', true, 'native', 1_000, 1_040, 1_040],
    ['natively, 250 ms after it began', true, 'native', 1_000, 1_040, 1_250],
    ['natively, 251 ms after it began', false, 'native', 1_000, 1_040, 1_251],
    ['natively, when it took longer than that itself', false, 'native', 1_000, 1_251, 1_251],
    ['through lsof, at the moment it ends', true, 'lsof', 1_000, 1_500, 1_500],
    ['through lsof, when it took 2 s and ended 250 ms ago', true, 'lsof', 1_000, 3_000, 3_250],
    ['through lsof, when it took longer than 2 s', false, 'lsof', 1_000, 3_001, 3_001],
    ['through lsof, when it ended 251 ms ago', false, 'lsof', 1_000, 1_500, 1_751],
    ['that ends in the future', false, 'lsof', 1_000, 1_500, 1_400],
    ['that ended before it began', false, 'native', 1_100, 1_000, 1_100],
    ['that began at no time', false, 'native', Number.NaN, 1_000, 1_000],
    ['now that time is unknown', false, 'lsof', 1_000, 1_000, Number.NaN],
  ])('%s: %s', (_, fresh, by, began, ended, now) => {
    expect(isFresh({ by, began, ended }, now)).toBe(fresh);
  });
});
