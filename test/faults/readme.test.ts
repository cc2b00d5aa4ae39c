import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const TESTS = join(import.meta.dirname, '..');

it('the table of faults names at least 30 faults and only tests that exist', () => {
  const rows = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')
    .split('\n')
    .filter((line) => /^\| \d/.test(line));
  expect(rows.length).toBeGreaterThanOrEqual(30);
  expect(rows.map((row) => Number(/^\| (\d+)/.exec(row)?.[1]))).toEqual(rows.map((_, index) => index + 1));
  const missing = rows.filter((row) => {
    const [, file = '', name = ''] = /`([^`]+\.test\.ts)` › (.+) \|$/.exec(row) ?? [];
    const source = file === '' ? '' : readFileSync(join(TESTS, file), 'utf8');
    return name === '' || !source.includes(name.replaceAll('\\|', '|'));
  });
  expect(missing).toEqual([]);
});
