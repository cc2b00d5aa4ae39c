import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const PRODUCT = ['electron', 'shared', 'renderer'];

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

/** The files of the product whose code matches, with comments left out. */
function matching(pattern: RegExp, allowed: RegExp): string[] {
  return PRODUCT.flatMap(sources)
    .filter((file) => !allowed.test(file))
    .filter((file) => pattern.test(withoutComments(readFileSync(join(ROOT, file), 'utf8'))));
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
}

describe('the house', () => {
  it('has sources in every world, so that the checks below look at something', () => {
    for (const folder of PRODUCT) expect(sources(folder).length).toBeGreaterThan(5);
    expect(matching(/process\.platform/, /^$/).length).toBeGreaterThan(0);
  });

  it('asks for the operating system in the platform room alone', () => {
    expect(matching(/process\.platform\b/, /^electron\/engine\/platform\//)).toEqual([]);
  });

  it('asks the platform what it can do, never which system it is; only the app asks whose desktop it is on', () => {
    expect(matching(/\bplatform\.kind\b/, /^electron\/engine\/platform\//)).toEqual([]);
    expect(matching(/\bplatform\.desktop\b/, /^electron\/engine\/platform\//)).toEqual(['electron/main.ts']);
    expect(matching(/'darwin'/, /^electron\/engine\/platform\/|^electron\/shell\/app\.ts$|^shared\/bridge\//)).toEqual(
      [],
    );
  });

  it('signals processes in the platform room alone', () => {
    expect(matching(/process\.kill\(|\.kill\(/, /^electron\/engine\/platform\//)).toEqual([]);
  });

  it('opens no TCP connection anywhere (law 1)', () => {
    const connects =
      /\bnet\.(connect|createConnection)\(|\bcreateConnection\(|new (net\.)?Socket\(|\bhttps?\.(get|request)\(/;
    expect(matching(connects, /^$/)).toEqual([]);
  });

  it('runs no shell (law 10)', () => {
    expect(matching(/shell:\s*true|\bexecSync\(|(?<!\.)\bexec\(/, /^$/)).toEqual([]);
  });

  it('holds at most 14 source files in a folder', () => {
    const counts = new Map<string, number>();
    for (const file of PRODUCT.flatMap(sources)) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
    expect([...counts].filter(([, count]) => count > 14)).toEqual([]);
  });
});
