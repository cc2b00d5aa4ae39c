import { join } from 'node:path';
import type { NativeImage, nativeImage } from 'electron';
import type { Level } from '../../shared/snapshot.ts';

const FALLBACK_SIZE = 32;

/**
 * The menu-bar images of the levels. macOS gets black templates, which it tints itself, the larger one found by its name; other
 * menu bars get coloured ones. A missing file gives a plain disc: an icon without its shape is better than none.
 */
export function trayImages(
  directory: string,
  isMac: boolean,
  images: Pick<typeof nativeImage, 'createFromPath' | 'createFromBitmap'>,
): (level: Level) => NativeImage {
  const known = new Map<Level, NativeImage>();
  return (level) => {
    const image = known.get(level) ?? load(level);
    known.set(level, image);
    return image;
  };

  function load(level: Level): NativeImage {
    const image = images.createFromPath(join(directory, isMac ? `${level}Template.png` : `${level}.png`));
    const usable = image.isEmpty() ? disc() : image;
    usable.setTemplateImage(isMac);
    return usable;
  }

  function disc(): NativeImage {
    const pixels = Buffer.alloc(FALLBACK_SIZE * FALLBACK_SIZE * 4);
    const middle = (FALLBACK_SIZE - 1) / 2;
    for (let y = 0; y < FALLBACK_SIZE; y++) {
      for (let x = 0; x < FALLBACK_SIZE; x++) {
        if (Math.hypot(x - middle, y - middle) > FALLBACK_SIZE * 0.4) continue;
        pixels.set(isMac ? [0, 0, 0, 255] : [128, 128, 128, 255], (y * FALLBACK_SIZE + x) * 4);
      }
    }
    return images.createFromBitmap(pixels, { width: FALLBACK_SIZE, height: FALLBACK_SIZE, scaleFactor: 2 });
  }
}
