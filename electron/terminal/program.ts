import { Command, type CommanderError } from 'commander';
import { COMMANDS } from './commands/index.ts';
import type { Context } from './context.ts';
import { commandsOf } from './kit/command.ts';
import { UsageError } from './kit/usage-error.ts';

const ABOUT = [
  "Watches the API ports of Interactive Brokers' TWS and IB Gateway for zombie connections, shows which process holds them, and removes those that can be removed safely.",
  'It never connects to a watched port and never stops TWS or the Gateway. It stops a bot with a live session only if you include it by pid.',
].join('\n');

const AFTER = `
Examples:
  sexton status              scan all watched ports once
  sexton watch --port 4002   live view of one port
  sexton clean               review what can be cleaned, confirm, clean

Run "sexton help COMMAND" for the flags and examples of a command.`;

function flagsOf(command: Command): string {
  const longs = command.options.map(({ long, short }) => long ?? short ?? '');
  return `the flags are ${[...longs, '--help'].join(', ')}`;
}

/** commander's message has the flag between its first and last quote. */
function quotedPart(message: string): string {
  return message.slice(message.indexOf("'") + 1, message.lastIndexOf("'"));
}

/** Turns commander's error about `command` into ours: one line with the argument, its value and what is allowed. */
function explain(command: Command, error: CommanderError): Error {
  switch (error.code) {
    case 'commander.unknownOption':
      return new UsageError(quotedPart(error.message), null, `unknown flag; ${flagsOf(command)}`);
    case 'commander.optionMissingArgument':
      return new UsageError(quotedPart(error.message), null, 'needs a value');
    case 'commander.missingArgument':
      return new UsageError(quotedPart(error.message), null, 'missing');
    case 'commander.unknownCommand':
      return new UsageError('command', command.args[0] ?? '', `unknown; ${commandsOf(command)}`);
    case 'commander.excessArguments': {
      const extra = command.args[command.registeredArguments.length] ?? '';
      if (command.commands.length > 0) return new UsageError('command', extra, `unknown; ${commandsOf(command)}`);
      return new UsageError('argument', extra, `unexpected; ${flagsOf(command)}`);
    }
    default:
      return error;
  }
}

function throwUsageErrors(command: Command): void {
  command.exitOverride((error) => {
    throw explain(command, error);
  });
  command.commands.forEach(throwUsageErrors);
}

/** The whole command line as a commander program that throws every input error as a `UsageError`. */
export function createProgram(version: string, context: Context): Command {
  const program = new Command('sexton')
    .description(ABOUT)
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .addHelpText('after', AFTER)
    // An empty line between paragraphs; a summary in a list of commands is a single one.
    .configureHelp({ commandDescription: (command) => command.description().replaceAll('\n', '\n\n') })
    .configureOutput({
      writeOut: (text) => context.io.out.write(text),
      writeErr: (text) => context.io.err.write(text),
      outputError: () => undefined,
      getOutHelpWidth: () => Math.min(100, context.io.out.paper().columns),
    });
  for (const register of COMMANDS) register(program, context);
  program
    .command('help [command...]')
    .summary('show the help of a command')
    .description('Show the help of a command.')
    .action((names: string[]) => {
      let named = program;
      for (const name of names) {
        const next = named.commands.find((command) => command.name() === name);
        if (next === undefined) throw new UsageError('command', name, `unknown; ${commandsOf(named)}`);
        named = next;
      }
      named.outputHelp();
    });
  throwUsageErrors(program);
  return program;
}
