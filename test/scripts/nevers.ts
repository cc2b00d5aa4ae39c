/**
 * `npm run nevers`: the import rules of the house. dependency-cruiser reads TypeScript through swc (TypeScript 7 has no compiler API it
 * could use); without a reader it would find nothing and call that well, so too few modules are a failure.
 */
import { join } from 'node:path';
import process from 'node:process';
import { cruise, format } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';

const ROOT = join(import.meta.dirname, '../..');
/** Far fewer than the product has, far more than a reader that does not understand TypeScript would find. */
const LEAST_MODULES = 150;

process.chdir(ROOT);
const options = await extractDepcruiseOptions(join(ROOT, '.dependency-cruiser.cjs'));
const { output } = await cruise(['electron', 'shared', 'renderer'], { ...options, validate: true });
if (typeof output === 'string') throw new Error('expected the result itself');
const { violations, totalCruised } = output.summary;
process.stdout.write(String((await format(output, { outputType: 'err' })).output));
if (totalCruised < LEAST_MODULES) {
  process.stdout.write(`Only ${totalCruised} modules were read: is @swc/core installed?\n`);
}
process.exitCode = violations.some(({ rule }) => rule.severity === 'error') || totalCruised < LEAST_MODULES ? 1 : 0;
