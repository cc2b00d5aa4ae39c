import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { UsageError } from './usage-error.ts';

/** A command of the terminal: adds itself to the program. */
export type Register = (program: Command, context: Context) => void;

interface Description {
  name: string;
  summary: string;
  /** What a person should know beyond the flags, one paragraph each: what it never does, exit codes. */
  details: readonly string[];
  /** Commands to copy, and what each is for. */
  examples: readonly (readonly [command: string, purpose: string])[];
}

/** The columns for which the examples are laid out: the usual width of a terminal. */
const EXAMPLE_COLUMNS = 80;

/** Examples with their purposes in a column beside the commands, or below them where a line would be too long. */
function exampleLines(examples: Description['examples']): string[] {
  const width = Math.max(...examples.map(([command]) => command.length));
  const beside = examples.map(([command, purpose]) => `  ${command.padEnd(width)}   ${purpose}`);
  if (beside.every((line) => line.length <= EXAMPLE_COLUMNS)) return beside;
  return examples.flatMap(([command, purpose]) => [`  ${command}`, `      ${purpose}`]);
}

/** Adds a command with its help: summary, flags, details and examples. */
export function addCommand(program: Command, { name, summary, details, examples }: Description): Command {
  return program
    .command(name)
    .summary(summary)
    .description([`${upperFirst(summary)}.`, ...details].join('\n'))
    .addHelpText('after', `\nExamples:\n${exampleLines(examples).join('\n')}`);
}

/** The names of the commands, for the error about an unknown one. */
export function commandsOf(parent: Command): string {
  const visible = parent.createHelp().visibleCommands(parent);
  return `the commands are ${visible.map((command) => command.name()).join(', ')}`;
}

/** Adds a command that only groups others, such as `sexton lock`. */
export function addGroup(program: Command, { name, summary }: Pick<Description, 'name' | 'summary'>): Command {
  const group = program
    .command(name)
    .summary(summary)
    .description(`${upperFirst(summary)}.`);
  return group.action(() => {
    throw new UsageError('command', null, `missing; ${commandsOf(group)}`);
  });
}

function upperFirst(text: string): string {
  return `${text[0]?.toUpperCase()}${text.slice(1)}`;
}
