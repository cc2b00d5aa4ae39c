import { CommanderError } from 'commander';
import type { Context } from './context.ts';
import { EXIT_USAGE, UsageError } from './kit/usage-error.ts';
import { createProgram } from './program.ts';
import { harmless } from './screen/text.ts';

/** The exit code of an internal error (sysexits' EX_SOFTWARE). */
const EXIT_FAULT = 70;

/**
 * Runs one command line (`args` without the program's own name) and returns its exit code. Without arguments, it shows
 * the help.
 */
export async function runTerminal(
  args: readonly string[],
  version: string,
  surroundings: Omit<Context, 'exit'>,
): Promise<number> {
  const { err } = surroundings.io;
  let code = 0;
  const program = createProgram(version, {
    ...surroundings,
    exit: (chosen) => {
      code = chosen;
    },
  });
  try {
    await program.parseAsync(args.length === 0 ? ['--help'] : args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof UsageError) {
      err.write(`sexton: ${error.message}\n`);
      return EXIT_USAGE;
    }
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
    const fault = error instanceof Error ? (error.stack ?? error.message) : String(error);
    err.write(`sexton: internal error: ${fault.split('\n').map(harmless).join('\n')}\n`);
    return EXIT_FAULT;
  }
}
