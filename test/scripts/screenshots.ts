import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { buildPanel, launchBrowser, openPanel, type ShownAs } from '../support/panel/harness.ts';
import { STATES, type StateName } from '../support/panel/states.ts';

/**
 * Draws every state of the panel, light and dark, to PNG files, with a page that shows them side by side, and runs axe
 * on each. `node test/scripts/screenshots.ts [--only name,name] [--out folder] [--no-axe]`; exits 1 when anything complains.
 */
const usage = process.argv.slice(2);
const value = (name: string): string | undefined => {
  const at = usage.indexOf(name);
  return at < 0 ? undefined : usage[at + 1];
};
const out = value('--out') ?? fileURLToPath(new URL('../../out/screenshots', import.meta.url));
const only = value('--only')?.split(',');
const names = (Object.keys(STATES) as StateName[]).filter((name) => only === undefined || only.includes(name));

const WAYS: readonly (ShownAs & { suffix: string })[] = [
  { suffix: '', scheme: 'light' },
  { suffix: '-dark', scheme: 'dark' },
];
/** States that are also drawn with more contrast and with forced colours. */
const EXTRA: readonly StateName[] = ['warning', 'review'];
const EXTRA_WAYS: readonly (ShownAs & { suffix: string })[] = [
  { suffix: '-contrast', contrast: 'more' },
  { suffix: '-forced', forcedColors: 'active' },
];

await mkdir(out, { recursive: true });
const script = await buildPanel();
const browser = await launchBrowser();
const problems: string[] = [];
const files: string[] = [];
for (const name of names) {
  for (const way of [...WAYS, ...(EXTRA.includes(name) ? EXTRA_WAYS : [])]) {
    const file = `${name}${way.suffix}.png`;
    const panel = await openPanel(browser, script, name, way);
    await panel.page.screenshot({ path: join(out, file), animations: 'disabled' });
    files.push(file);
    problems.push(...panel.complaints.map((text) => `${file}: ${text}`));
    if (!usage.includes('--no-axe') && way.forcedColors === undefined) {
      // axe waits with timers of its own, which stand still with the pictured clock.
      await panel.page.clock.resume();
      const { violations } = await new AxeBuilder({ page: panel.page }).setLegacyMode().analyze();
      for (const { id, nodes } of violations) {
        for (const { target, failureSummary } of nodes) {
          problems.push(`${file}: ${id} at ${target.join(' ')}: ${failureSummary?.split('\n').join(' ')}`);
        }
      }
    }
    await panel.close();
  }
}
await browser.close();
const figures = files.map((file) => `<figure><figcaption>${file}</figcaption><img src="${file}" width="360"></figure>`);
const style =
  'body{background:#c9ccd3;font:12px sans-serif;display:flex;flex-wrap:wrap;gap:20px;align-items:start}figure{margin:0}';
await writeFile(
  join(out, 'index.html'),
  `<!doctype html><meta charset=utf-8><style>${style}</style>${figures.join('\n')}\n`,
);
process.stdout.write(`${files.length} pictures in ${out}\n`);
for (const problem of problems) process.stdout.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
