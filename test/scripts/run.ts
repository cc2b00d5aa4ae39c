/**
 * `npm test`: everything, one step after the other, with a count at the end. A step that cannot run counts as failed; a test that is
 * skipped says why and is counted as skipped.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { noElectron } from '../e2e/hosts.ts';

const ROOT = join(import.meta.dirname, '../..');
const REPORTS = join(ROOT, 'out/test');

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

interface Step {
  title: string;
  command: readonly string[];
  environment?: NodeJS.ProcessEnv;
  /** Reads the counts from the report that the command wrote; a step without a report counts as one check. */
  count?: () => Count;
}

const binary = (name: string) => join(ROOT, 'node_modules/.bin', name);

function vitestStep(title: string, options: readonly string[], environment: NodeJS.ProcessEnv = {}): Step {
  const report = join(REPORTS, `${title.replaceAll(' ', '-')}.json`);
  return {
    title,
    command: [
      binary('vitest'),
      'run',
      ...options,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    environment,
    count: () => {
      const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numFailedTestSuites } = JSON.parse(
        readFileSync(report, 'utf8'),
      ) as Record<string, number>;
      const failed = (numFailedTests ?? 0) || (numFailedTestSuites ?? 0);
      return { passed: numPassedTests ?? 0, failed, skipped: (numPendingTests ?? 0) + (numTodoTests ?? 0) };
    },
  };
}

const E2E = ['--config', 'vitest.e2e.config.ts'];

const STEPS: readonly Step[] = [
  { title: 'types', command: [binary('tsc'), '-b'] },
  { title: 'lint and format', command: [binary('biome'), 'check', '.'] },
  { title: 'nevers', command: ['npm', 'run', '--silent', 'nevers'] },
  { title: 'build', command: ['npm', 'run', '--silent', 'build'] },
  vitestStep('unit', ['--project', 'unit']),
  vitestStep('integration', ['--project', 'integration']),
  vitestStep('faults', ['--project', 'faults']),
  vitestStep('soak', ['--project', 'soak']),
  vitestStep('end to end on the stand-in', E2E),
];

/** The same specs on real Electron, where it can run; else one skipped run, with its reason. */
const electronMissing = noElectron();
const electronStep =
  electronMissing === null ? vitestStep('end to end on Electron', E2E, { SEXTON_E2E_HOST: 'electron' }) : null;

function run({ title, command, environment, count }: Step): Count {
  process.stdout.write(`\n── ${title}\n`);
  const [program = '', ...args] = command;
  const { status, error } = spawnSync(program, args, {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  if (error) process.stdout.write(`${title}: ${error.message}\n`);
  const ok = status === 0;
  try {
    const counted = count?.() ?? { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
    // A runner that fails although no test did must not pass for a success.
    return ok || counted.failed > 0 ? counted : { ...counted, failed: 1 };
  } catch (thrown) {
    process.stdout.write(`${title}: no readable report (${String(thrown)})\n`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

rmSync(REPORTS, { recursive: true, force: true });
mkdirSync(REPORTS, { recursive: true });
const total: Count = { passed: 0, failed: 0, skipped: 0 };
const summary: string[] = [];
for (const step of electronStep === null ? STEPS : [...STEPS, electronStep]) {
  const { passed, failed, skipped } = run(step);
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  summary.push(
    `${failed === 0 ? 'ok    ' : 'FAILED'} ${step.title}: ${passed} passed, ${failed} failed, ${skipped} skipped`,
  );
}
if (electronMissing !== null) {
  total.skipped += 1;
  summary.push(`SKIPPED end to end on Electron: ${electronMissing}`);
}
process.stdout.write(`\n${summary.join('\n')}\n`);
process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
