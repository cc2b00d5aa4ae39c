import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { before } from '../../support/panel/moments.ts';
import { SNAPSHOTS } from '../../support/panel/snapshots.ts';
import type { Measurement } from '../measure.ts';
import { median, round } from '../measure.ts';
import { openMeasuredPanel, PANEL_FILES } from '../panel-page.ts';

const PUSHES = 40;
const WARM_UP = 5;
const FRAME_MS = 16;
const MAX_KILOBYTES = 150;

/** A snapshot with 60 owners on its way to the screen, and how much script the panel is. */
export const panel: Measurement = async () => {
  const opened = await openMeasuredPanel();
  const script: number[] = [];
  const painted: number[] = [];
  try {
    for (let push = 0; push < PUSHES + WARM_UP; push += 1) {
      const { many } = SNAPSHOTS;
      const owners = many.owners.map((owner, place) => ({
        ...owner,
        oldestMs: owner.oldestMs + (push + 1) * (place + 1) * 61_000,
      }));
      const cost = await opened.push({ ...many, at: before(-push * 1_000), owners });
      if (push < WARM_UP) continue;
      script.push(cost.scriptMs);
      painted.push(cost.paintedMs);
    }
  } finally {
    await opened.close();
  }
  const worst = Math.max(...script);
  const bytes = panelScript();
  return [
    {
      what: 'snapshot push to painted panel, 60 owners',
      reference: '-',
      reach: `no frame over ${FRAME_MS} ms of script`,
      figure: `${worst.toFixed(1)} ms in the worst of ${PUSHES}`,
      reached: worst <= FRAME_MS,
      details: {
        medianScriptMs: round(median(script)),
        worstScriptMs: round(worst),
        medianPaintedMs: round(median(painted)),
      },
    },
    {
      what: "the panel's JavaScript, gzipped",
      reference: '-',
      reach: `at most ${MAX_KILOBYTES} kB`,
      figure: `${(bytes / 1000).toFixed(1)} kB`,
      reached: bytes <= MAX_KILOBYTES * 1000,
      details: { bytes },
    },
  ];
};

/** All scripts of the built panel, gzipped one by one as they would be sent. */
function panelScript(): number {
  const folder = join(PANEL_FILES, 'assets');
  const scripts = readdirSync(folder).filter((name) => name.endsWith('.js'));
  return scripts.reduce((sum, name) => sum + gzipSync(readFileSync(join(folder, name))).length, 0);
}
