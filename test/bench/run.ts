/**
 * `npm run bench`: measures what Sexton promises, prints the table and writes `out/bench/results.json`. Every figure is a multiple of a
 * reference in the same run, because absolute times say more about the machine than about Sexton. `npm run bench -- NAME…` measures
 * only some of the groups.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { Measurement, Row } from './measure.ts';
import { clickToClean } from './rows/clean.ts';
import { growth } from './rows/growth.ts';
import { memory } from './rows/memory.ts';
import { panel } from './rows/panel.ts';
import { processor } from './rows/processor.ts';
import { idleTick, scans } from './rows/scans.ts';
import { start } from './rows/start.ts';
import { renderTable } from './table.ts';

const ROOT = join(import.meta.dirname, '../..');

const GROUPS: Readonly<Record<string, Measurement>> = {
  tick: idleTick,
  processor,
  scans,
  clean: clickToClean,
  growth,
  panel,
  memory,
  start,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in GROUPS));
if (unknown.length > 0)
  throw new Error(`No such group: ${unknown.join(', ')}; there are ${Object.keys(GROUPS).join(', ')}.`);

const rows: Row[] = [];
for (const [name, measure] of Object.entries(GROUPS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const tell = (words: string) => void process.stderr.write(`${name}: ${words}\n`);
  tell('measuring');
  rows.push(...(await measure(tell)));
}

const directory = join(ROOT, 'out/bench');
mkdirSync(directory, { recursive: true });
const surroundings = {
  at: new Date().toISOString(),
  node: process.version,
  system: `${process.platform} ${process.arch}`,
  cpus: cpus().length,
};
writeFileSync(join(directory, 'results.json'), `${JSON.stringify({ ...surroundings, rows }, null, 2)}\n`);
process.stdout.write(`${renderTable(rows)}\n\nWritten to out/bench/results.json.\n`);
