import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Snapshot } from '../../shared/snapshot.ts';
import { buildPanel, launchBrowser, POLICY } from '../support/panel/harness.ts';

/** The built panel, as the pictures use it. */
export const PANEL_FILES = join(import.meta.dirname, '../../out/panel');

const ORIGIN = 'http://panel.test';
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

/** What one push of a snapshot cost the page. */
export interface PushCost {
  /** All script that ran for it, over any number of frames: no frame can have more. */
  scriptMs: number;
  /** From the push until the frame after it has been painted. */
  paintedMs: number;
}

/** The built panel in Chromium with its clock running. */
export interface MeasuredPanel {
  push(snapshot: Snapshot): Promise<PushCost>;
  close(): Promise<void>;
}

/** Builds the panel and opens it with 60 owners. */
export async function openMeasuredPanel(): Promise<MeasuredPanel> {
  const script = await buildPanel();
  const browser = await launchBrowser();
  const page = await browser.newPage({ viewport: { width: 360, height: 600 } });
  await page.route(`${ORIGIN}/**`, async (route) => {
    const path = new URL(route.request().url()).pathname;
    const body = await readFile(join(PANEL_FILES, path === '/' ? 'index.html' : path)).catch(() => null);
    if (body === null) return route.fulfill({ status: 404 });
    const contentType = TYPES[extname(path === '/' ? '.html' : path)] ?? 'text/html';
    return route.fulfill({ body, headers: { 'content-type': contentType, 'content-security-policy': POLICY } });
  });
  await page.addInitScript({ content: `window.panelState = 'many';\n${script}` });
  await page.goto(`${ORIGIN}/`);
  await page.locator('.panel').waitFor();
  await page.evaluate(() => window.fakePanel.push.visibility(true));
  const session = await page.context().newCDPSession(page);
  // Processor time of the page's thread: other programs do not affect it.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const scriptSeconds = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'ScriptDuration')?.value ?? Number.NaN;
  };
  let pushed = 0;
  return {
    push: async (snapshot) => {
      // The panel ignores a snapshot older than the one it shows.
      pushed += 1;
      const numbered = { ...snapshot, seq: 1_000_000 + pushed };
      // Passed beforehand, as the preload does: reading it from the protocol is not part of the panel's work.
      await page.evaluate((next) => {
        (window as { nextSnapshot?: Snapshot }).nextSnapshot = next;
      }, numbered);
      const before = await scriptSeconds();
      const paintedMs = await page.evaluate(async () => {
        const { nextSnapshot } = window as { nextSnapshot?: Snapshot };
        const began = performance.now();
        if (nextSnapshot) window.fakePanel.push.snapshot(nextSnapshot);
        await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
        return performance.now() - began;
      });
      return { scriptMs: ((await scriptSeconds()) - before) * 1000, paintedMs };
    },
    close: () => browser.close(),
  };
}
