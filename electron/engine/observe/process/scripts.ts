import { basename } from 'node:path';
import type { ProcessRef } from '../../../../shared/snapshot.ts';
import type { ProcessRecord } from '../../platform/types.ts';
import { type Commanded, readInvocation, type Script } from './invocation.ts';
import { gatewayProgram } from './programs.ts';

/** Longer command lines are truncated where they are shown or recorded. */
const COMMAND_LINE_MAX = 1_024;

/** The script on an interpreter's command line, after debuggers and runners; `null` for other programs and inline code. */
export function scriptOf(process: Commanded): Script | null {
  return readInvocation(process).script;
}

/** `runner_async.py`, or `pkg.mod` for `-m pkg.mod`; `null` when there is no script. */
export function scriptBasename(process: Commanded): string | null {
  const script = scriptOf(process);
  if (script === null) return null;
  return script.kind === 'module' ? script.given : basename(script.given);
}

/** Every name a list may use for the script: for `-m pkg.runner` these are `pkg.runner`, `runner` and `runner.py`. */
export function scriptNames(process: Commanded): string[] {
  const script = scriptOf(process);
  if (script === null) return [];
  if (script.kind === 'file') return [basename(script.given)];
  const module = script.given.replace(/\.__main__$/, '');
  const last = module.slice(module.lastIndexOf('.') + 1);
  return [...new Set([script.given, last, `${last}.py`])];
}

/** The process as people read it; its command line is already redacted, and truncated when very long. */
export function describeProcess(process: ProcessRecord): ProcessRef {
  const program = gatewayProgram(process);
  const executable = basename(process.executable ?? process.args[0] ?? '');
  const name =
    program === 'IB Gateway' || program === 'TWS' ? program : (scriptBasename(process) ?? (executable || process.name));
  const commandLine = process.args.join(' ');
  return {
    pid: process.pid,
    startedAt: process.startedAt,
    uid: process.uid,
    name,
    commandLine: commandLine.length > COMMAND_LINE_MAX ? `${commandLine.slice(0, COMMAND_LINE_MAX)}…` : commandLine,
  };
}
