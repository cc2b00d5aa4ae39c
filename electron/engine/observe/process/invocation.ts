import { basename } from 'node:path';
import type { ProcessRecord } from '../../platform/types.ts';

/** What an interpreter runs: a file, or a module (`-m`). */
export interface Script {
  /** As given: a path, or a dotted module name. */
  given: string;
  kind: 'file' | 'module';
}

/** What a command line runs. */
export interface Invocation {
  /** The script that names the process; `null` for other programs, inline code, stdin and prompts. */
  script: Script | null;
  /** Debuggers and runners before the script, outermost first: `debugpy`, `uv`. */
  through: readonly string[];
  /** The text after Python's `-c`. */
  code: string | null;
  /** Python without anything to run, by its readable arguments, or one that stays at its prompt afterwards (`-i`). */
  prompt: boolean;
}

/** The parts of a process that tell what it runs. */
export type Commanded = Pick<ProcessRecord, 'name' | 'executable' | 'args'>;

const NOTHING: Invocation = { script: null, through: [], code: null, prompt: false };

const PYTHON = /^(python[\d.]*w?|pypy[\d.]*)$/i;
const SHELL = /^-?(ba|z|da|k|c|tc|fi|a)?sh$/i;
/** JavaScript runtimes with subcommands: `bun run x.ts`, `deno run x.ts`. */
const RUNTIME = /^(bun|deno)$/i;
const OTHER_INTERPRETER = /^(node|ruby[\d.]*|perl[\d.]*)$/i;
/** Programs whose `run …` starts a command in a project's environment. */
const RUNNER = /^(uv|poetry|pipenv|pdm|rye|hatch)$/i;
/** Options of Node, Bun and Deno that take a value. */
const OPTIONS_WITH_VALUE = new Set(['-r', '--require', '--import', '--loader', '--preload']);
/** Shell options that take a value. */
const SHELL_OPTIONS_WITH_VALUE = new Set(['-o', '+o', '--rcfile', '--init-file']);
const SCRIPT_FILE = /\.(pyw?|[cm]?[jt]sx?)$/i;

/**
 * Python's debuggers, by module or program, with their options that take a value. The script or `-m module` they debug
 * follows their own options.
 */
const DEBUGGERS: ReadonlyMap<string, RegExp> = new Map([
  ['debugpy', /^--(listen|connect|configure-\w+|log-to|adapter-access-token|parent-session-pid)$/],
  ['pydevd', /^--(client|port|client-access-token|ppid|multiprocess-mode|log-file|log-level)$/],
  ['pdb', /^(-c|--command)$/],
  ['ipdb', /^(-c|--command)$/],
  ['pudb', /^(-e|--pre-run|--log-errors)$/],
]);

export function readInvocation({ name, executable, args }: Commanded): Invocation {
  const names = [basename(executable ?? ''), basename(args[0] ?? ''), name];
  // A process that changed its title says nothing with the rest of it.
  const isTitled = args.length === 1 && !PYTHON.test(names[1]?.replace(/^-/, '') ?? '');
  return readProgram(names, args.slice(1), isTitled);
}

function readProgram(names: readonly string[], args: readonly string[], isTitled = false): Invocation {
  const is = (pattern: RegExp) => names.some((name) => pattern.test(name));
  if (is(PYTHON)) return isTitled ? NOTHING : readPython(args);
  if (is(SHELL)) return readOthers(args, shellOption);
  if (is(RUNTIME)) return readRuntime(args);
  if (is(OTHER_INTERPRETER)) return readOthers(args, otherOption);
  const runner = names.find((name) => RUNNER.test(name));
  return runner === undefined ? NOTHING : readRunner(runner, args);
}

type Option = 'plain' | 'code' | 'takes-next';

function readPython(args: readonly string[]): Invocation {
  let prompt = false;
  for (let at = 0; at < args.length; at += 1) {
    const argument = args[at] ?? '';
    if (argument === '-') return { ...NOTHING, prompt };
    if (argument === '--') return { ...unwrapFile(args.slice(at + 1)), prompt };
    if (!argument.startsWith('-')) return { ...unwrapFile(args.slice(at)), prompt };
    if (argument.startsWith('--')) {
      if (argument === '--check-hash-based-pycs') at += 1;
      continue;
    }
    // Python reads short options letter by letter: `-um`, `-mpkg.mod`, `-Wignore`, `-OX dev`.
    const found = /[cmWXQ]/.exec(argument);
    prompt ||= argument.slice(1, found?.index).includes('i');
    if (found === null) continue;
    const value = argument.slice(found.index + 1);
    if (found[0] === 'c') return { ...NOTHING, code: [value, ...args.slice(at + 1)].join(' ').trim(), prompt };
    const rest = value === '' ? args.slice(at + 1) : [value, ...args.slice(at + 1)];
    if (found[0] === 'm') return { ...unwrapModule(rest), prompt };
    if (value === '') at += 1;
  }
  return { ...NOTHING, prompt: true };
}

/** `args` start with the module: a debugger is unwrapped. */
function unwrapModule(args: readonly string[]): Invocation {
  const module = args[0] ?? '';
  const debuggerName = module.split('.')[0] ?? '';
  if (DEBUGGERS.has(debuggerName)) return readDebugged(debuggerName, named(module, 'module'), args.slice(1));
  return { ...NOTHING, script: named(module, 'module') };
}

/** `args` start with the file: a debugger's or runner's own script is unwrapped. */
function unwrapFile(args: readonly string[]): Invocation {
  const given = joinedPath(args);
  const script = named(given, 'file');
  const base = basename(given);
  if (RUNNER.test(base)) return readRunner(base, args.slice(1));
  const debuggerName = debuggerOf(given);
  return debuggerName === null ? { ...NOTHING, script } : readDebugged(debuggerName, script, args.slice(1));
}

/** Editors start debuggers by path: `…/debugpy/launcher 5678 -- app.py`, `…/pydev/pydevd.py --file app.py`. */
function debuggerOf(path: string): string | null {
  const [base = '', folder = ''] = path.split('/').reverse();
  if (folder === 'debugpy' && /^(launcher|adapter|__main__\.py)$/.test(base)) return 'debugpy';
  const name = /^(debugpy|pydevd|pdb|ipdb|pudb)[\d.]*(\.py)?$/.exec(base)?.[1];
  return name ?? null;
}

function readDebugged(through: string, itself: Script | null, args: readonly string[]): Invocation {
  const takesValue = DEBUGGERS.get(through);
  const found = (script: Script | null): Invocation => ({ ...NOTHING, script: script ?? itself, through: [through] });
  for (let at = 0; at < args.length; at += 1) {
    const argument = args[at] ?? '';
    if (argument === '--') continue;
    if (argument === '--file' && args.includes('--module')) return found(named(args[at + 1], 'module'));
    if (argument === '--file') return found(named(joinedPath(args.slice(at + 1)), 'file'));
    if (takesValue?.test(argument)) at += 1;
    else if (argument === '-m') return found(named(args[at + 1], 'module'));
    else if (argument === '-c') return found(null);
    // The launcher's first argument is the port it reports to.
    else if (!argument.startsWith('-') && !/^([\w.]+:)?\d+$/.test(argument)) {
      return found(named(joinedPath(args.slice(at)), 'file'));
    }
  }
  return found(null);
}

function readOthers(args: readonly string[], optionOf: (argument: string) => Option): Invocation {
  for (let at = 0; at < args.length; at += 1) {
    const argument = args[at] ?? '';
    if (argument === '-') return NOTHING;
    if (argument === '--') return { ...NOTHING, script: named(joinedPath(args.slice(at + 1)), 'file') };
    if (!/^[-+]/.test(argument)) return { ...NOTHING, script: named(joinedPath(args.slice(at)), 'file') };
    const option = optionOf(argument);
    if (option === 'code') return { ...NOTHING, code: args.slice(at + 1).join(' ') };
    if (option === 'takes-next') at += 1;
  }
  return NOTHING;
}

/** In shells `-c` takes code and `-e` is a plain flag; in Node, Ruby and Perl it is the other way round. */
function shellOption(argument: string): Option {
  if (SHELL_OPTIONS_WITH_VALUE.has(argument)) return 'takes-next';
  return /^-[A-Za-z]*c$/.test(argument) ? 'code' : 'plain';
}

function otherOption(argument: string): Option {
  if (/^-[A-Za-z]*[eE]$/.test(argument) || ['-p', '--eval', '--print'].includes(argument)) return 'code';
  return OPTIONS_WITH_VALUE.has(argument) ? 'takes-next' : 'plain';
}

function runtimeOption(argument: string): Option {
  return /^(-c|--config|--import-map|--lock)$/.test(argument) ? 'takes-next' : otherOption(argument);
}

/** `bun x.ts`, `bun run x.ts`, `deno run --allow-net x.ts`. */
function readRuntime(args: readonly string[]): Invocation {
  const first = args.findIndex((argument) => !argument.startsWith('-'));
  if (args[first] === 'eval') return NOTHING;
  return readOthers(args[first] === 'run' ? args.toSpliced(first, 1) : args, runtimeOption);
}

/** `uv run app.py`, `uv run --with ib_async -m pkg.mod`, `poetry run python app.py`. */
function readRunner(runner: string, args: readonly string[]): Invocation {
  const through = [basename(runner)];
  const after = args.indexOf('run') + 1;
  const rest = after === 0 ? [] : args.slice(after);
  for (let at = 0; at < rest.length; at += 1) {
    const argument = rest[at] ?? '';
    if (argument === '-m' || argument === '--module') {
      return { ...NOTHING, script: named(rest[at + 1], 'module'), through };
    }
    const command = rest.slice(argument === '--' ? at + 1 : at);
    const program = basename(command[0] ?? '');
    const isInterpreter = [PYTHON, SHELL, RUNTIME, OTHER_INTERPRETER].some((pattern) => pattern.test(program));
    if (isInterpreter) {
      const inner = readProgram([program], command.slice(1));
      return { ...inner, through: [...through, ...inner.through] };
    }
    // Runners differ in which options take a value: after an option, only something that looks like a script counts as
    // one.
    const isCommand = argument === '--' || (!argument.startsWith('-') && (at === 0 || SCRIPT_FILE.test(argument)));
    if (isCommand) return { ...NOTHING, script: named(joinedPath(command), 'file'), through };
  }
  return { ...NOTHING, through };
}

function named(given: string | undefined, kind: Script['kind']): Script | null {
  return given === undefined || given === '' ? null : { given, kind };
}

/**
 * macOS reports arguments as one string split at blanks, so a path with blanks must be rejoined. A piece that starts a
 * path of its own is another argument, and a path in a `bin` folder is complete: `/usr/bin/idle3 app.py` is an editor,
 * not a bot.
 */
function joinedPath(args: readonly string[]): string {
  const first = args[0] ?? '';
  if (/\.\w+$/.test(first) || !first.includes('/') || /\/bin\/[^/]+$/.test(first)) return first;
  for (let end = 1; end < args.length && !/^[-/~]/.test(args[end] ?? ''); end += 1) {
    if (args[end]?.endsWith('.py')) return args.slice(0, end + 1).join(' ');
  }
  return first;
}
