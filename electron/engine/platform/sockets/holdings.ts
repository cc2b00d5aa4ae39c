import type { Result } from '../../../../shared/result.ts';
import { failure, success } from '../../../../shared/result.ts';
import type { Problem } from '../../../../shared/snapshot.ts';
import type { Output, RunTool } from '../run/command.ts';
import { complaint, isCutOff } from '../run/command.ts';
import type { Holding, HoldingsRead, Parsed } from '../types.ts';
import { touches } from './addresses.ts';
import { LSOF_FIELDS, parseLsof } from './lsof.ts';

/** No DNS, no port names, no warnings: each of these can hang or clutter the output. */
const ALWAYS = ['-nPw'];

/** The processes that hold TCP sockets with one of the ports at either end, as `lsof` reports them to this user. `options` come before all others. */
export async function readHoldings(
  run: RunTool,
  ports: readonly number[],
  options: readonly string[] = ALWAYS,
): Promise<Result<HoldingsRead, Problem>> {
  if (ports.length === 0) return success({ rows: [], unreadable: 0, by: 'lsof' });
  const wanted = new Set(ports);
  const answer = await list(run, [...options, `-iTCP:${ports.join(',')}`, '-F', LSOF_FIELDS]);
  if (!answer.ok) return answer;
  return success({ ...answer.value, rows: answer.value.rows.filter((row) => touches(row, wanted)), by: 'lsof' });
}

/** Every TCP socket that `lsof` tells this user of. */
export async function readAllHoldings(
  run: RunTool,
  options: readonly string[] = ALWAYS,
): Promise<Result<Parsed<Holding>, Problem>> {
  return list(run, [...options, '-iTCP', '-F', LSOF_FIELDS]);
}

/** The TCP ports that these processes listen on. */
export async function readListeningPorts(
  run: RunTool,
  pids: readonly number[],
  options: readonly string[] = ALWAYS,
): Promise<Result<number[], Problem>> {
  if (pids.length === 0) return success([]);
  const asked = new Set(pids);
  const answer = await list(run, [...options, '-a', '-p', pids.join(','), '-iTCP', '-sTCP:LISTEN', '-F', LSOF_FIELDS]);
  if (!answer.ok) return answer;
  const listening = answer.value.rows.filter((row) => row.state === 'LISTEN' && asked.has(row.pid));
  return success([...new Set(listening.map((row) => row.local.port))].sort((a, b) => a - b));
}

async function list(run: RunTool, args: readonly string[]): Promise<Result<Parsed<Holding>, Problem>> {
  const output = await run('lsof', args);
  return output.ok ? judgeLsof(output.value) : output;
}

/**
 * lsof exits with 1 both for "none" and along with good output, so its output decides. Only no output with exit code 1
 * means "none": lsof never succeeds without any output, but a file of zero bytes does.
 */
export function judgeLsof(output: Output): Result<Parsed<Holding>, Problem> {
  if (output.stdout === '') {
    if (output.exitCode === 1 && output.stderr.trim() === '') return success({ rows: [], unreadable: 0 });
    const hint = `lsof listed nothing (exit ${output.exitCode}: ${complaint(output)}); run "lsof -nPw -iTCP" by hand, or reinstall lsof`;
    return failure({ code: 'tool-failed', tool: 'lsof', hint });
  }
  const parsed = parseLsof(output.stdout);
  if (parsed.rows.length === 0 && (parsed.unreadable > 0 || !/^p\d/m.test(output.stdout))) {
    return failure({
      code: 'output-unreadable',
      tool: 'lsof',
      hint: `lsof printed something else than a list of sockets (${complaint(output)}); check the lsof program`,
    });
  }
  if (isCutOff(output)) {
    const hint = 'lsof stopped in the middle of a line, so holders may be missing; run "lsof -nPw -iTCP" by hand';
    return failure({ code: 'output-unreadable', tool: 'lsof', hint });
  }
  return success(parsed);
}
