/**
 * `npm run licenses`: writes the list of everything by others that ships, with versions and licence texts. It reads what the builds
 * themselves say they bundled, so a new import cannot be forgotten.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

/** One package by others: `identifier` is its SPDX licence, `text` the licence it came with. */
export interface Licensed {
  name: string;
  version: string;
  identifier?: string;
  text?: string;
}

/** Where the list is kept, from the project's root; packages carry it from here. */
export const LICENSES_FILE = 'assets/THIRD-PARTY-LICENSES.txt';

const WORLDS = ['main', 'preload', 'renderer', 'cli'];

/** Everything that ships and is not Sexton's own, sorted by name. Throws where a build is missing. */
export function shipped(root: string): Licensed[] {
  const all = [...WORLDS.flatMap((world) => bundled(root, world)), koffi(root), electron(root)];
  const unique = new Map(all.map((entry) => [`${entry.name} ${entry.version}`, entry]));
  return [...unique.values()].sort((a, b) => compare(a.name, b.name) || compare(a.version, b.version));
}

/** The text of the list: a summary first, then each licence in full. Equal texts are printed once, under all their packages. */
export function licensesText(entries: readonly Licensed[]): string {
  const byText = new Map<string, Licensed[]>();
  for (const entry of entries) byText.set(entry.text ?? '', [...(byText.get(entry.text ?? '') ?? []), entry]);
  const sections = [...byText].map(([text, group]) => `${RULE}\n${group.map(title).join('\n')}\n${RULE}\n\n${text}\n`);
  return `${HEAD}\n${entries.map(title).join('\n')}\n\n${sections.join('\n')}`;
}

const RULE = '-'.repeat(80);
const HEAD = `Sexton contains software by others, under the licences below. Electron contains Chromium, Node.js and more;
their licences are in LICENSES.chromium.html, which comes with the app.
`;

const title = ({ name, version, identifier }: Licensed) => `${name} ${version} (${identifier})`;

/** By code unit: the same order whatever the language of the machine. */
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function bundled(root: string, world: string): Licensed[] {
  const file = join(root, 'out', world, '.vite/license.json');
  if (!existsSync(file)) throw new Error(`${file} is missing: run "npm run build" first.`);
  return (JSON.parse(readFileSync(file, 'utf8')) as Licensed[]).map((entry) => ({ ...entry, text: tidy(entry.text) }));
}

/** koffi stays a package of its own; its native builds (@koromix/koffi-…) are the same program under the same licence. */
function koffi(root: string): Licensed {
  return unbundled(root, 'koffi', 'LICENSE.txt');
}

function electron(root: string): Licensed {
  return unbundled(root, 'electron', 'LICENSE');
}

function unbundled(root: string, name: string, licenseFile: string): Licensed {
  const folder = join(root, 'node_modules', name);
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, string>;
  return {
    name,
    version: version ?? '',
    ...(license === undefined ? {} : { identifier: license }),
    text: tidy(readFileSync(join(folder, licenseFile), 'utf8')),
  };
}

/** Line ends and trailing blanks differ from package to package; words do not change. */
function tidy(text = ''): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(/[ \t]+$/gm, '')
    .trim();
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '../..');
  const entries = shipped(root);
  writeFileSync(join(root, LICENSES_FILE), licensesText(entries));
  process.stdout.write(`${LICENSES_FILE}: ${entries.length} packages\n`);
}
