import { basename } from 'node:path';
import type { ProcessRef } from '../../../shared/snapshot.ts';
import type { ProcessRecord } from '../platform/types.ts';
import { gatewayProgram } from './programs.ts';

const INTERPRETER = /^(python[\d.]*w?|pypy[\d.]*|node|deno|bun|ruby[\d.]*|perl[\d.]*|(ba|z|da|k)?sh)$/i;
const PYTHON = /^(python|pypy)/i;
const SHELL = /^(ba|z|da|k)?sh$/i;
/** Node's options whose value is the next argument. */
const OPTIONS_WITH_VALUE = new Set(['-r', '--require', '--import', '--loader']);
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
  const shell = interpreters.some((name) => SHELL.test(name));
  const args = process.args.slice(1);
  for (let at = 0; at < args.length; at += 1) {
    const argument = args[at] ?? '';
    if (argument === '-') return null;
    if (argument === '--') return named(joinedPath(args.slice(at + 1)), 'file');
    if (!argument.startsWith('-')) return named(joinedPath(args.slice(at)), 'file');
    const option = python ? pythonOption(argument) : otherOption(argument, shell);
    if (option.kind === 'code') return null;
    if (option.kind === 'module') return named(option.value || args[at + 1], 'module');
    if (option.kind === 'takes-next') at += 1;
  }
  return null;
}

type InterpreterOption = { kind: 'plain' | 'code' | 'takes-next' } | { kind: 'module'; value: string };

/** Python reads short options letter by letter: `-um`, `-mpkg.mod`, `-Wignore`, `-OX dev`. */
function pythonOption(argument: string): InterpreterOption {
  if (argument.startsWith('--')) return { kind: argument === '--check-hash-based-pycs' ? 'takes-next' : 'plain' };
  const found = /[cmWXQ]/.exec(argument);
  if (found === null) return { kind: 'plain' };
  const value = argument.slice(found.index + 1);
  if (found[0] === 'c') return { kind: 'code' };
  if (found[0] === 'm') return { kind: 'module', value };
  return { kind: value === '' ? 'takes-next' : 'plain' };
}

/** For shells `-c` is code and `-e` a plain flag; for Node, Ruby and Perl it is the other way round. */
function otherOption(argument: string, shell: boolean): InterpreterOption {
  if (shell)
    return { kind: /^-[A-Za-z]*c$/.test(argument) ? 'code' : /^[-+]o$/.test(argument) ? 'takes-next' : 'plain' };
  const code = /^-[A-Za-z]*[eE]$/.test(argument) || ['-p', '--eval', '--print'].includes(argument);
  return { kind: code ? 'code' : OPTIONS_WITH_VALUE.has(argument) ? 'takes-next' : 'plain' };
}

function named(given: string | undefined, kind: Script['kind']): Script | null {
  return given === undefined || given === '' ? null : { given, kind };
}

/**
 * macOS tells arguments as one string split at blanks, so a path with blanks must be put together again. A piece that begins a path
 * of its own is another argument, and what lies in a `bin` folder is whole: `/usr/bin/idle3 app.py` is an editor, no bot.
 */
function joinedPath(args: readonly string[]): string {
  const first = args[0] ?? '';
  if (/\.\w+$/.test(first) || !first.includes('/') || /\/bin\/[^/]+$/.test(first)) return first;
  for (let end = 1; end < args.length && !/^[-/~]/.test(args[end] ?? ''); end += 1) {
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
