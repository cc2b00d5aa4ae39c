import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Level } from '../../../shared/snapshot.ts';
import { TRAY_SHAPES, trayPicture } from '../../support/icons/icons.ts';

const levels = Object.keys(TRAY_SHAPES) as Level[];
const TRAY = join(import.meta.dirname, '../../../assets/tray');

/** Width and height of a PNG, from its header. */
const sizeOf = (path: string) => {
  const file = readFileSync(path);
  return [file.readUInt32BE(16), file.readUInt32BE(20)];
};

describe('the menu-bar icons', () => {
  it('are told apart by their shape alone, at 16 points', () => {
    const alpha = (level: Level) => trayPicture(level, 16, true).pixels.filter((_value, index) => index % 4 === 3);
    for (const one of levels) {
      for (const other of levels.filter((level) => level !== one)) {
        const [first, second] = [alpha(one), alpha(other)];
        const different = first.filter((value, index) => Math.abs(value - (second[index] ?? 0)) > 128).length;
        expect(different, `${one} and ${other}`).toBeGreaterThan(20);
      }
    }
  });

  it.each(levels)('exist for %s, in both sizes and in colour', (level) => {
    expect(sizeOf(join(TRAY, `${level}Template.png`))).toEqual([16, 16]);
    expect(sizeOf(join(TRAY, `${level}Template@2x.png`))).toEqual([32, 32]);
    expect(existsSync(join(TRAY, `${level}.png`))).toBe(true);
  });
});
