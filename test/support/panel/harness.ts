import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright';
import { build } from 'vite';
import { browserArguments, installedBrowser } from '../browser.ts';
import { HOUR, NOW } from './moments.ts';
import { type Act, type PanelStateFixture, STATES, type StateName } from './states.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const PANEL = here('../../../out/panel');
const ORIGIN = 'http://panel.test';
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
};

/** The content policy with which the app serves the panel. */
export const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Builds the panel and the fake engine; returns the script of the engine. */
export async function buildPanel(): Promise<string> {
  // As it ships, whatever the test runner sets: React without its development checks.
  process.env.NODE_ENV = 'production';
  await build({ configFile: here('./vite.config.ts'), logLevel: 'error' });
  const outDir = here('../../../out/panel-fake');
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      outDir,
      emptyOutDir: true,
      target: 'chrome140',
      lib: { entry: here('./in-page.ts'), formats: ['iife'], name: 'fakePanelScript', fileName: () => 'in-page.js' },
    },
  });
  return readFile(join(outDir, 'in-page.js'), 'utf8');
}

/** A Chromium that is installed; throws, with the way to get one, when there is none. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = installedBrowser();
  if (executablePath === null) throw new Error('No Chromium is installed: npx playwright install chromium');
  return chromium.launch({ executablePath, args: [...browserArguments(), '--disable-gpu'] });
}

/** How a state is shown. */
export interface ShownAs {
  scheme?: 'light' | 'dark';
  contrast?: 'more' | 'no-preference';
  forcedColors?: 'active' | 'none';
}

/** An open panel and what went wrong in it: errors of the page and violations of its policy. */
export interface OpenPanel {
  page: Page;
  complaints: string[];
  close(): Promise<void>;
}

/** Shows a state: the built panel under its policy, its clock stopped at the pictured moment, in a window of the height it requested. */
export async function openPanel(
  browser: Browser,
  script: string,
  state: StateName,
  as: ShownAs = {},
): Promise<OpenPanel> {
  const context = await browser.newContext({
    viewport: { width: 360, height: 600 },
    deviceScaleFactor: 2,
    colorScheme: as.scheme ?? 'light',
    contrast: as.contrast ?? 'no-preference',
    forcedColors: as.forcedColors ?? 'none',
    reducedMotion: 'reduce',
    timezoneId: 'UTC',
    locale: 'en-GB',
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  await page.clock.install({ time: NOW - HOUR });
  await page.clock.pauseAt(NOW);
  await page.route(`${ORIGIN}/**`, async (route) => {
    const path = new URL(route.request().url()).pathname;
    const file = join(PANEL, path === '/' ? 'index.html' : path);
    const body = await readFile(file).catch(() => null);
    if (body === null) return route.fulfill({ status: 404 });
    const contentType = TYPES[extname(file)] ?? 'application/octet-stream';
    return route.fulfill({ body, headers: { 'content-type': contentType, 'content-security-policy': POLICY } });
  });
  await page.addInitScript({ content: `window.panelState = ${JSON.stringify(state)};\n${script}` });
  await page.goto(`${ORIGIN}/`);
  await page.locator('.panel').waitFor();
  const fixture: PanelStateFixture = STATES[state];
  await page.evaluate(
    ([screen]) => {
      window.fakePanel.push.visibility(true);
      if (screen !== undefined) window.fakePanel.push.screen(screen);
    },
    [fixture.screen] as const,
  );
  for (const act of fixture.acts ?? []) await carryOut(page, act);
  await sizeWindow(page);
  return { page, complaints, close: () => context.close() };
}

async function carryOut(page: Page, act: Act): Promise<void> {
  if ('advanceMs' in act) return page.clock.runFor(act.advanceMs);
  if ('press' in act) return page.keyboard.press(act.press);
  if ('fill' in act) return page.getByLabel(act.fill, { exact: true }).fill(act.text);
  const name = { name: act.click, exact: act.exact ?? false };
  const target = page
    .getByRole('button', name)
    .or(page.getByRole('radio', name))
    .or(page.getByText(act.click, { exact: true }));
  await target.first().click();
}

/** Sets the window to the height that the panel requested last, as main would. */
async function sizeWindow(page: Page): Promise<void> {
  // Several rounds: a new height may change what wraps or scrolls, and so the requested height.
  for (let round = 0; round < 3; round++) {
    // The clock is stopped, and so are animation frames; an observer still sees the next real frame.
    await page.evaluate(() => new Promise((done) => new ResizeObserver(done).observe(document.body)));
    const height = await page.evaluate(() => {
      const wishes = window.fakePanel.calls.filter(({ name }) => name === 'app.resize');
      return (wishes.at(-1)?.input as { height: number } | undefined)?.height;
    });
    if (height !== undefined) await page.setViewportSize({ width: 360, height });
  }
}
