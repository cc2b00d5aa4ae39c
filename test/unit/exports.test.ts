import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const PRODUCT = ['electron', 'shared', 'renderer'];

/** Exported values without a caller in the product, by file or by folder, each with the reason why it stays. */
const ALLOWED: Readonly<Record<string, string>> = {
  'electron/engine/platform/darwin/libproc':
    'reads the kernel of macOS directly; tests prove it against a double of the kernel',
};

/** Product files and the build's configuration, by path from the root, with comments and strings' contents kept. */
const FILES = new Map(
  [...PRODUCT.flatMap(sources), ...readdirSync(ROOT).filter((name) => name.endsWith('.config.ts'))].map((file) => [
    file,
    withoutComments(readFileSync(join(ROOT, file), 'utf8')),
  ]),
);

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}

/** The values that a file exports where it defines them; types are checked by nobody at run time and left out. */
function exportedValues(text: string): string[] {
  return [...text.matchAll(/^export (?:async )?(?:const|function\*?|class) ([A-Za-z_$][\w$]*)/gm)].flatMap(
    ([, name]) => name ?? [],
  );
}

/** What each file takes from others: `file#name`, through `import`, `export … from` and `await import()`. */
function importedValues(): Set<string> {
  const taken = new Set<string>();
  for (const [file, text] of FILES) {
    const statements = [
      ...text.matchAll(/^(?:import|export)\s+(?:[\w$]+,\s*)?\{([^}]*)\}\s+from\s+'(\.[^']+)'/gm),
      ...text.matchAll(/\{([^{}]*)\}\s*=\s*await import\('(\.[^']+)'\)/g),
    ];
    for (const [, names = '', specifier = ''] of statements) {
      const target = relative(ROOT, resolve(ROOT, file, '..', specifier));
      for (const part of names.split(',')) {
        const name = /^(?:type\s+)?([\w$]+)/.exec(part.trim())?.[1];
        if (name !== undefined) taken.add(`${target}#${name}`);
      }
    }
  }
  return taken;
}

const isUsedInside = (text: string, name: string): boolean =>
  [...text.matchAll(new RegExp(`(?<![\\w$.])${name.replaceAll('$', '\\$')}(?![\\w$])`, 'g'))].length > 1;

describe('exports of the product', () => {
  it('are each used by production code, not by tests alone', () => {
    const imported = importedValues();
    const unused = [...FILES].flatMap(([file, text]) =>
      exportedValues(text)
        .filter((name) => !imported.has(`${file}#${name}`) && !isUsedInside(text, name))
        .map((name) => `${file}: ${name}`),
    );
    expect(unused.filter((one) => !Object.keys(ALLOWED).some((path) => one.startsWith(path)))).toEqual([]);
  });

  it('are found by the check above, imports of every kind included', () => {
    const imported = importedValues();
    expect(exportedValues(FILES.get('electron/engine/clean/planner.ts') ?? '')).toContain('preparePlan');
    expect(imported).toContain('electron/engine/clean/planner.ts#preparePlan');
    expect(imported).toContain('electron/terminal/run.ts#runTerminal');
    expect([...imported].some((one) => one.endsWith('/ss-parse.ts#parseSs'))).toBe(true);
  });

  it('may be left without a caller only where the path in the allow-list exists', () => {
    for (const path of Object.keys(ALLOWED)) expect(existsSync(join(ROOT, path)), path).toBe(true);
  });
});
