import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ProtectedReason } from '../../shared/snapshot.ts';
import { PAGES } from '../scripts/docs/pages.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** The reasons of the verdict in the order in which it asks for them; one that is missing here does not compile. */
const REASONS: Readonly<Record<ProtectedReason, true>> = {
  'gateway-listener': true,
  'gateway-family': true,
  'gateway-program': true,
  forwarder: true,
  self: true,
  'other-user': true,
  unproven: true,
  'live-session': true,
  interactive: true,
  'not-a-bot': true,
};

/** Every page a reader may be sent to. */
const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...['assets/docs', 'test'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
      .map((entry) => relative(ROOT, join(entry.parentPath, entry.name))),
  ),
];

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchors(text: string): string[] {
  return [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function withoutCode(text: string): string {
  return text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
}

/** The relative links and pictures of a page that lead nowhere. */
function brokenLinks(path: string): string[] {
  const text = withoutCode(read(path));
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)|<img src="([^"]+)"/g)].map(
    ([, link, image]) => link ?? image ?? '',
  );
  return targets.filter((target) => {
    if (/^https?:/.test(target)) return false;
    const [file = '', anchor] = target.split('#');
    const page = file === '' ? path : join(dirname(path), file);
    if (!existsSync(join(ROOT, page))) return true;
    return anchor !== undefined && !anchors(read(page)).includes(anchor);
  });
}

/** The text below a heading, up to the next one of its rank. */
function section(text: string, heading: string): string {
  return text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
}

/** The files and folders of the repository that a text names in code. */
function namedPaths(text: string): string[] {
  return [...text.matchAll(/`((?:electron|shared|renderer|test|assets|\.ci|\.github)\/[\w./-]*)`/g)].map(
    ([, path = '']) => path,
  );
}

/** The paths of a drawn tree: two spaces are one step inwards, and folders in the words beside a folder are its own. */
function drawnPaths(tree: string): string[] {
  const above: string[] = [];
  return tree.split('\n').flatMap((line) => {
    const [, indent = '', names = '', words = ''] = /^( *)(\S+(?: \S+)*)(?: {2,}(.*))?$/.exec(line) ?? [];
    if (names === '') return [];
    above.length = indent.length / 2;
    const folder = join(...above);
    const paths = names.split(' ').map((name) => join(folder, name));
    const inside = [...words.matchAll(/[\w.-]+\//g)].map(([name]) => join(paths[0] ?? '', name));
    above.push(names.split(' ')[0] ?? '');
    return [...paths, ...inside];
  });
}

describe('the documentation', () => {
  it.each(Object.entries(PAGES))('%s matches the code; `npm run docs` writes it anew', (path, render) => {
    expect(read(path)).toBe(render());
  });

  it.each(DOCUMENTS)('%s links only to pages, headings and pictures that exist', (path) => {
    expect(brokenLinks(path)).toEqual([]);
  });

  it('names only existing files and folders in CONTRIBUTING and in the pages of assets/docs', () => {
    const pages = ['CONTRIBUTING.md', ...DOCUMENTS.filter((path) => path.startsWith('assets/docs/'))];
    const paths = pages.flatMap((path) => namedPaths(read(path)));
    expect(paths.length).toBeGreaterThan(20);
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('answers ten questions of “Where do I change X?” in CONTRIBUTING, each with a file', () => {
    const rows = section(read('CONTRIBUTING.md'), 'Where do I change X?')
      .split('\n')
      .filter((line) => line.startsWith('- '));
    expect(rows).toHaveLength(10);
    expect(rows.filter((row) => namedPaths(row).length === 0)).toEqual([]);
  });

  it('quotes in the README’s troubleshooting only what Sexton says', () => {
    const table = section(read('README.md'), 'Troubleshooting')
      .split('\n')
      .filter((line) => line.startsWith('| '));
    const quotes = table.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/"([^"]+)"/g)].map(([, quote = '']) => quote),
    );
    expect(quotes.length).toBeGreaterThan(3);
    const source = ['shared', 'electron'].flatMap(sources).map(read).join('\n');
    expect(quotes.filter((quote) => !source.includes(quote))).toEqual([]);
  });

  it('lists in safety.md every reason for which a process is protected, in the order of the verdict', () => {
    const listed = [...section(read('assets/docs/safety.md'), 'Who may be signalled').matchAll(/^\| `([\w-]+)` \|/gm)];
    expect(listed.map(([, reason]) => reason)).toEqual(Object.keys(REASONS));
  });

  it('draws the tree of the house in CONTRIBUTING with folders and files that exist', () => {
    const [, tree = ''] = /```\n([\s\S]*?)```/.exec(section(read('CONTRIBUTING.md'), 'The house')) ?? [];
    const paths = drawnPaths(tree);
    expect(paths.length).toBeGreaterThan(20);
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('opens CONTRIBUTING with a glossary of ten words', () => {
    const [first] = [...read('CONTRIBUTING.md').matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(first).toBe('Ten words');
    const words = [...section(read('CONTRIBUTING.md'), 'Ten words').matchAll(/^- \*\*(\w+)\*\*/gm)].map(
      ([, word]) => word,
    );
    expect(words).toEqual([
      'zombie',
      'side',
      'owner',
      'culprit',
      'session',
      'answered',
      'jammed',
      'upstream',
      'verdict',
      'plan',
    ]);
  });
});
