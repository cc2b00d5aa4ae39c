import { describe, expect, it } from 'vitest';
import { interleave, median, ratioRow } from '../../bench/measure.ts';
import { renderTable } from '../../bench/table.ts';

describe('median', () => {
  it.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[4, 1, 3, 2], 2.5],
    [[10, 9, 100], 10],
  ])('of %j is %d', (samples, middle) => {
    expect(median(samples)).toBe(middle);
  });

  it('of nothing is no number', () => {
    expect(median([])).toBeNaN();
  });
});

describe('interleave', () => {
  it('takes one sample of each task in turn, round after round', async () => {
    const order: string[] = [];
    const noted = (name: string) => async () => void order.push(name);
    const times = await interleave({ a: noted('a'), b: noted('b') }, 3);
    expect(order).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
    expect(Object.keys(times)).toEqual(['a', 'b']);
  });

  it('fails when a task fails: what was not done has no time', async () => {
    const broken = async () => {
      throw new Error('not done');
    };
    await expect(interleave({ broken }, 1)).rejects.toThrow('not done');
  });
});

describe('a row', () => {
  it('is reached up to its limit and not beyond', () => {
    expect(ratioRow('scan', 'lsof', 1.25, [125, 100])).toMatchObject({ figure: '1.25x', reached: true });
    expect(ratioRow('scan', 'lsof', 1.25, [126, 100])).toMatchObject({ figure: '1.26x', reached: false });
    expect(ratioRow('start', 'node', null, [3, 1])).toMatchObject({ figure: '3.00x', reach: null, reached: null });
  });

  it('that was not reached says so in the table', () => {
    const table = renderTable([ratioRow('scan', 'lsof', 1, [2, 1]), ratioRow('tick', 'true', 2, [1, 1])]);
    const [heading, rule, first, second] = table.split('\n');
    expect(heading).toMatch(/^what +reference in the same run +reach +measured$/);
    expect(rule).toMatch(/^-+( +-+)+$/);
    expect(first).toMatch(/^scan +lsof +at most 1x +2\.00x +NOT REACHED$/);
    expect(second).toMatch(/^tick +true +at most 2x +1\.00x +reached$/);
  });
});
