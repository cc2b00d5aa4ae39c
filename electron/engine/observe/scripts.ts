import { basename } from 'node:path';
import type { ProcessRef } from '../../../shared/snapshot.ts';
import type { ProcessRecord } from '../platform/types.ts';
import { gatewayProgram } from './programs.ts';

const INTERPRETER = /^(python[\d.]*w?|pypy[\d.]*|node|deno|bun|ruby[\d.]*|perl[\d.]*|(ba|z|da|k)?sh)$/i;
const PYTHON = /^(python|pypy)/i;
/** Options of Python's and Node's command lines whose value is the next argument. */
const OPTIONS_WITH_VALUE = new Set(['-W', '-X', '-Q', '-r', '--require', '--import', '--check-hash-based-pycs']);
/** A command line longer than this is cut where it is shown or recorded. */
const COMMAND_LINE_MAX = 1_024;

/** What an interpreter runs: a file, a module (`-m`), or nothing nameable (`-c`, a prompt). */
export interface Script {
  /** As given: a path, or a dotted module name. */
  given: string;
  kind: 'file' | 'module';
}

/** The script of an interpreter's command line; `null` for other programs and for inline code. */
export function scriptOf(process: Pick<ProcessRecord, 'name' | 'executable' | 'args'>): Script | null {
  const interpreters = [basename(process.executable ?? ''), basename(process.args[0] ?? ''), process.name];
  if (!interpreters.some((name) => INTERPRETER.test(name))) return null;
  const python = interpreters.some((name) => PYTHON.test(name));
  const args = process.args.slice(1);
  for (let at = 0; at < args.length; at += 1) {
    const argument = args[at] ?? '';
    if (argument === '--') continue;
    if (python && /^-[A-Za-z]*m$/.test(argument)) return named(args[at + 1], 'module');
    if (/^-[A-Za-z]*c$/.test(argument) || argument === '-e' || argument === '-') return null;
    if (OPTIONS_WITH_VALUE.has(argument)) at += 1;
    else if (!argument.startsWith('-')) return named(joinedPath(args.slice(at)), 'file');
  }
  return null;
}

function named(given: string | undefined, kind: Script['kind']): Script | null {
  return given === undefined || given === '' ? null : { given, kind };
}

/** macOS tells arguments as one string split at blanks, so a path with blanks must be put together again. */
function joinedPath(args: readonly string[]): string {
  const first = args[0] ?? '';
  if (/\.\w+$/.test(first) || !first.includes('/')) return first;
  for (let end = 1; end < args.length && !args[end]?.startsWith('-'); end += 1) {
    if (args[end]?.endsWith('.py')) return args.slice(0, end + 1).join(' ');
  }
  return first;
}

/** `runner_async.py`, or `pkg.mod` for `-m pkg.mod`; `null` when there is no script. */
export function scriptBasename(process: Pick<ProcessRecord, 'name' | 'executable' | 'args'>): string | null {
  const script = scriptOf(process);
  if (script === null) return null;
  return script.kind === 'module' ? script.given : basename(script.given);
}

/** The process as people read it; its command line is redacted already and is cut when very long. */
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
