import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { panelBounds } from '../../../electron/shell/panel/position.ts';

const workArea = { x: 0, y: 25, width: 1_440, height: 875 };

describe('the panel’s place', () => {
  it('is centred under the icon', () => {
    expect(panelBounds({ x: 700, y: 0, width: 24, height: 24 }, workArea, 400)).toEqual({
      x: 532,
      y: 28,
      width: 360,
      height: 400,
    });
  });

  it('is over the icon when that is at the lower edge', () => {
    const { y, height } = panelBounds({ x: 700, y: 876, width: 24, height: 24 }, workArea, 400);
    expect(y + height).toBeLessThanOrEqual(876);
  });

  it('is in the upper right corner when nobody knows where the icon is', () => {
    expect(panelBounds(null, workArea, 400)).toMatchObject({ x: 1_440 - 360 - 8, y: 33 });
  });

  it('is inside the work area of any display, wherever the icon is', () => {
    const size = fc.integer({ min: 480, max: 5_000 });
    const position = fc.integer({ min: -5_000, max: 5_000 });
    const area = fc.record({ x: position, y: position, width: size, height: size });
    const icon = fc.record({
      x: position,
      y: position,
      width: fc.integer({ min: 0, max: 200 }),
      height: fc.integer({ min: 0, max: 60 }),
    });
    fc.assert(
      fc.property(fc.option(icon), area, fc.integer({ min: 120, max: 2_000 }), (at, display, height) => {
        const bounds = panelBounds(at, display, height);
        expect(bounds.x).toBeGreaterThanOrEqual(display.x);
        expect(bounds.y).toBeGreaterThanOrEqual(display.y);
        expect(bounds.x + bounds.width).toBeLessThanOrEqual(display.x + display.width);
        expect(bounds.y + bounds.height).toBeLessThanOrEqual(display.y + display.height);
      }),
      { seed: 1 },
    );
  });
});
