/**
 * `npm run test:repeat -- N [SUITE or PATH…]`: runs tests N times with a load on every core beside them, and names what failed even
 * once. A test that fails once in twenty such runs is broken, or the code is.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import process from 'node:process';

const ROOT = join(import.meta.dirname, '../..');
/** In a folder of this run: another one may repeat other specs at the same time. */
const FOLDER = mkdtempSync(join(tmpdir(), 'sexton-repeat-'));
const REPORT = join(FOLDER, 'report.json');
process.on('exit', () => rmSync(FOLDER, { recursive: true, force: true }));
const SUITES: Readonly<Record<string, readonly string[]>> = {
  unit: ['--project', 'unit'],
  integration: ['--project', 'integration'],
  faults: ['--project', 'faults'],
  soak: ['--project', 'soak'],
  e2e: ['--config', 'vitest.e2e.config.ts'],
};
const USAGE = `npm run test:repeat -- N [SUITE or PATH…]: N is a whole number from 1; a suite is ${Object.keys(SUITES).join(', ')}; a path is a spec under test/.`;

interface Report {
  testResults: {
    name: string;
    message: string;
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
  }[];
}

/** The vitest runs that the arguments ask for; `null` when they make no sense. */
function wanted(args: readonly string[]): string[][] | null {
  if (args.length === 0) return Object.values(SUITES).map((options) => [...options]);
  const suites = args.filter((arg) => arg in SUITES);
  const paths = args.filter((arg) => !(arg in SUITES));
  if (paths.some((path) => !path.startsWith('test/'))) return null;
  const runs = suites.map((suite) => [...(SUITES[suite] ?? [])]);
  const endToEnd = paths.filter((path) => path.startsWith('test/e2e/'));
  const others = paths.filter((path) => !path.startsWith('test/e2e/'));
  if (endToEnd.length > 0) runs.push([...(SUITES.e2e ?? []), ...endToEnd]);
  if (others.length > 0) runs.push(others);
  return runs;
}

/** Keeps every core busy until it is ended. */
function startLoad(): ChildProcess[] {
  return Array.from({ length: availableParallelism() }, () =>
    spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
  );
}

/** What failed in one run, a line each, with the beginning of its reason. */
function failuresOf(status: number | null): { name: string; reason: string }[] {
  let report: Report;
  try {
    report = JSON.parse(readFileSync(REPORT, 'utf8')) as Report;
  } catch (error) {
    return [{ name: 'the run itself', reason: `no readable report (${String(error)})` }];
  }
  const failures = report.testResults.flatMap(({ name, message, assertionResults }) => {
    const file = relative(ROOT, name);
    const failed = assertionResults.filter((one) => one.status === 'failed');
    if (failed.length === 0 && message !== '') return [{ name: file, reason: message }];
    return failed.map(({ fullName, failureMessages }) => ({
      name: `${file} > ${fullName}`,
      reason: failureMessages[0] ?? '',
    }));
  });
  return failures.length === 0 && status !== 0
    ? [{ name: 'the run itself', reason: `vitest ended with ${status}` }]
    : failures;
}

const [count = '', ...rest] = process.argv.slice(2);
const runs = wanted(rest);
if (!/^[1-9]\d*$/.test(count) || runs === null) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(64);
}
const seen = new Map<string, { times: number; reason: string }>();
let failedRuns = 0;
for (let round = 1; round <= Number(count); round += 1) {
  let failed = false;
  for (const options of runs) {
    rmSync(REPORT, { force: true });
    const load = startLoad();
    const { status } = spawnSync(
      join(ROOT, 'node_modules/.bin/vitest'),
      ['run', ...options, '--reporter=json', `--outputFile=${REPORT}`],
      { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] },
    );
    for (const child of load) child.kill('SIGKILL');
    for (const { name, reason } of failuresOf(status)) {
      failed = true;
      seen.set(name, { times: (seen.get(name)?.times ?? 0) + 1, reason });
      process.stdout.write(`run ${round}: FAILED ${name}\n${reason.split('\n').slice(0, 6).join('\n')}\n`);
    }
  }
  if (failed) failedRuns += 1;
  process.stdout.write(`run ${round} of ${count}: ${failed ? 'failed' : 'passed'}\n`);
}
for (const [name, { times }] of seen) process.stdout.write(`failed in ${times} of ${count} runs: ${name}\n`);
process.stdout.write(`${Number(count) - failedRuns} passed, ${failedRuns} failed\n`);
process.exitCode = failedRuns === 0 ? 0 : 1;
