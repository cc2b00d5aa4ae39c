import type { Command } from 'commander';
import type { Directories } from '../engine/platform/directories.ts';
import type { OpenEngine } from './engines.ts';
import type { Io } from './io.ts';

/** What a command runs with. `exit` takes the exit code; the process ends by itself once all output is written. */
export interface Context {
  io: Io;
  open: OpenEngine;
  /** Where Sexton keeps its files. */
  directories: Directories;
  exit(code: number): void;
}

/** A command of the terminal: adds itself to the program. */
export type Register = (program: Command, context: Context) => void;

interface Description {
  name: string;
  summary: string;
  /** What a person should know beyond the flags, a paragraph each: what it never does, exit codes. */
  details: readonly string[];
  /** Commands to copy, and what each is for. */
  examples: readonly (readonly [command: string, purpose: string])[];
}

/** Adds a command with its help: summary, flags, details and examples. */
export function addCommand(program: Command, { name, summary, details, examples }: Description): Command {
  const width = Math.max(...examples.map(([command]) => command.length));
  const lines = examples.map(([command, purpose]) => `  ${command.padEnd(width)}   ${purpose}`);
  return program
    .command(name)
    .summary(summary)
    .description([`${summary[0]?.toUpperCase()}${summary.slice(1)}.`, ...details].join('\n'))
    .addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}
