/** Draws every icon of the project into `assets/`: `npm run icons`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Level } from '../../shared/snapshot.ts';
import { appPicture, TRAY_SHAPES, trayPicture } from '../support/icons/icons.ts';
import { encodeIcns, encodePng } from '../support/icons/png.ts';

const assets = join(import.meta.dirname, '../../assets');
const tray = join(assets, 'tray');
mkdirSync(tray, { recursive: true });

for (const level of Object.keys(TRAY_SHAPES) as Level[]) {
  writeFileSync(join(tray, `${level}Template.png`), encodePng(trayPicture(level, 16, true)));
  writeFileSync(join(tray, `${level}Template@2x.png`), encodePng(trayPicture(level, 32, true)));
  writeFileSync(join(tray, `${level}.png`), encodePng(trayPicture(level, 32, false)));
}

const sizes = [32, 64, 128, 256, 512, 1_024];
const pngs = new Map(sizes.map((size) => [size, encodePng(appPicture(size))]));
writeFileSync(join(assets, 'icon.icns'), encodeIcns(pngs));
writeFileSync(join(assets, 'icon.png'), pngs.get(1_024) ?? Buffer.alloc(0));
