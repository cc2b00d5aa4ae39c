import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');

interface Locked {
  optionalDependencies?: Record<string, string>;
  hasInstallScript?: boolean;
  resolved?: string;
}

const read = (name: string) => JSON.parse(readFileSync(join(ROOT, name), 'utf8')) as unknown;
const { packages } = read('package-lock.json') as { packages: Record<string, Locked> };
const manifest = read('package.json') as {
  allowScripts: Record<string, boolean>;
  files: string[];
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};

describe('the lock file', () => {
  it('locks the builds for every system, not only for the one it was written on', () => {
    const locked = new Set(Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 13)));
    const missing = Object.values(packages)
      .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
      .filter((name) => !locked.has(name));
    expect(missing).toEqual([]);
    expect([...locked]).toEqual(expect.arrayContaining(['@koromix/koffi-darwin-arm64', '@biomejs/cli-darwin-arm64']));
  });

  it('names no registry', () => {
    expect(Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });

  it('has a decision on every package that wants to run a script when it is installed', () => {
    const wanting = Object.entries(packages)
      .filter(([, { hasInstallScript }]) => hasInstallScript === true)
      .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 13));
    expect(wanting).toContain('node');
    expect(wanting.filter((name) => manifest.allowScripts[name] === undefined)).toEqual([]);
    expect(Object.entries(manifest.allowScripts).filter(([, allowed]) => allowed)).toEqual([['node', true]]);
  });
});

describe('the package', () => {
  it('pins each dependency to one version', () => {
    const versions = Object.values({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  it('holds the built command and the licences, no test and no screenshot', () => {
    expect(manifest.files).toEqual(['out/cli/sexton.mjs', 'assets/THIRD-PARTY-LICENSES.txt']);
  });
});
