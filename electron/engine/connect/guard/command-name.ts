import { basename } from 'node:path';
import { scriptBasename } from '../../observe/process/scripts.ts';

/** How to read a program that only starts another: its options with a value, and what precedes the other command. */
interface Wrapper {
  /** Options that take a value. */
  valued?: readonly string[];
  /** The word before the other command: `uv run`. Without it the program is not a wrapper. */
  verb?: string;
  /** Number of its own arguments before the other command: `timeout 60` has one. */
  operands?: number;
  /** `VAR=x` may precede the other command. */
  assigns?: boolean;
  /** The other command may be a bare script, for which the wrapper finds the interpreter. */
  script?: boolean;
}

const WRAPPERS: Readonly<Record<string, Wrapper>> = {
  env: { valued: ['-u', '--unset', '-C', '--chdir'], assigns: true },
  nohup: {},
  setsid: {},
  nice: { valued: ['-n', '--adjustment'] },
  ionice: { valued: ['-c', '--class', '-n', '--classdata'] },
  stdbuf: { valued: ['-i', '--input', '-o', '--output', '-e', '--error'] },
  timeout: { valued: ['-k', '--kill-after', '-s', '--signal'], operands: 1 },
  gtimeout: { valued: ['-k', '--kill-after', '-s', '--signal'], operands: 1 },
  caffeinate: { valued: ['-t', '-w'] },
  arch: { valued: ['-e', '-d'] },
  time: { valued: ['-o', '-f'] },
  sudo: { valued: ['-u', '--user', '-g', '--group', '-C', '-D', '-h', '-p', '-U'], assigns: true },
  exec: {},
  uv: {
    verb: 'run',
    valued: [
      '--with',
      '--with-editable',
      '--with-requirements',
      '--python',
      '-p',
      '--project',
      '--directory',
      '--group',
    ].concat(['--extra', '--env-file', '--index-url', '--package', '--only-group', '--no-group', '--index']),
    script: true,
  },
  poetry: { verb: 'run', valued: ['-C', '--directory', '-P', '--project'] },
  pipenv: { verb: 'run' },
  pdm: { verb: 'run', valued: ['-p', '--project'] },
  hatch: { verb: 'run', valued: ['-e', '--env'] },
  conda: { verb: 'run', valued: ['-n', '--name', '-p', '--prefix', '--cwd'] },
  mamba: { verb: 'run', valued: ['-n', '--name', '-p', '--prefix', '--cwd'] },
  micromamba: { verb: 'run', valued: ['-n', '--name', '-p', '--prefix', '--cwd'] },
};
const SHELL = /^(ba|z|da|k|a)?sh$/i;
const ASSIGNMENT = /^[A-Za-z_]\w*=/;
/** Shell words that are not commands. */
const SHELL_WORDS =
  /^(cd|source|\.|export|set|trap|ulimit|umask|unset|wait|exit|return|sleep|echo|if|then|else|fi|while|for|do|done|\{|\(|:|true|false)$/;
/** Limit for nested wrappers. */
const MAX_DEPTH = 8;

/**
 * The name of the program a command runs, after its wrappers: `uv run bot.py`, `env A=1 timeout 60 python3 bot.py` and
 * `sh -c 'exec python bot.py'` are all `bot.py`, `python -m pkg.mod` is `pkg.mod`. Without a script it is the program's
 * own name. It never contains arguments, which may be secret.
 */
export function commandName(command: readonly string[]): string {
  return nameOf(command, MAX_DEPTH);
}

function nameOf(command: readonly string[], depth: number): string {
  const program = basename(command[0] ?? '');
  if (depth === 0) return program;
  const wrapper = WRAPPERS[program];
  if (wrapper !== undefined) {
    const inner = innerCommand(command.slice(1), wrapper);
    return inner === null ? program : nameOf(inner, depth - 1);
  }
  if (SHELL.test(program)) {
    const inner = shellCommand(command.slice(1));
    if (inner !== null) return nameOf(inner, depth - 1);
  }
  return scriptBasename({ name: program, executable: null, args: [...command] }) ?? program;
}

/** The command a wrapper starts; `null` when there is none, as in `uv sync`. */
function innerCommand(args: readonly string[], wrapper: Wrapper): readonly string[] | null {
  let verb = wrapper.verb;
  let operands = wrapper.operands ?? 0;
  for (let at = 0; at < args.length; at += 1) {
    const argument = args[at] ?? '';
    if (argument === '--') {
      if (verb === undefined && operands === 0) return given(args.slice(at + 1), wrapper);
    } else if (wrapper.script && verb === undefined && (argument === '-m' || argument === '--module')) {
      return ['python', '-m', ...args.slice(at + 1)];
    } else if (argument.startsWith('-') && argument !== '-') {
      if (wrapper.valued?.includes(argument)) at += 1;
    } else if (verb !== undefined) {
      if (argument !== verb) return null;
      verb = undefined;
    } else if (wrapper.assigns && ASSIGNMENT.test(argument)) {
      // The next word may be the command.
    } else if (operands > 0) operands -= 1;
    else return given(args.slice(at), wrapper);
  }
  return null;
}

function given(command: readonly string[], { script, assigns }: Wrapper): readonly string[] | null {
  const start = assigns ? command.findIndex((word) => !ASSIGNMENT.test(word)) : 0;
  const rest = start < 0 ? [] : command.slice(start);
  if (rest.length === 0) return null;
  return script && /\.pyw?$/.test(rest[0] ?? '') ? ['python', ...rest] : rest;
}

/** The command in a shell's `-c` text: the last one that is not a shell word; `"$@"` stands for the arguments that follow. */
function shellCommand(args: readonly string[]): readonly string[] | null {
  const at = args.findIndex((argument) => /^-[A-Za-z]*c$/.test(argument));
  if (at < 0 || args.slice(0, at).some((argument) => !argument.startsWith('-'))) return null;
  const commands = (args[at + 1] ?? '').split(/&&|\|\||[;&|\n]/).flatMap((text) => {
    const words = text
      .trim()
      .split(/\s+/)
      .map((word) => word.replace(/^["']|["']$/g, ''));
    const start = words.findIndex((word) => word !== '' && !ASSIGNMENT.test(word));
    const command = start < 0 ? [] : words.slice(start);
    if (command[0] === '$@') return [args.slice(at + 3)];
    return command.length === 0 || SHELL_WORDS.test(command[0] ?? '') || /[$`]/.test(command[0] ?? '') ? [] : [command];
  });
  return commands.findLast((command) => command.length > 0) ?? null;
}
