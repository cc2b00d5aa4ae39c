import { Command, type CommanderError } from 'commander';
import { COMMANDS } from './commands/index.ts';
import type { Context } from './context.ts';
import { commandsOf } from './kit/command.ts';
import { UsageError } from './kit/usage-error.ts';

const ABOUT = `Sexton watches the API ports of Interactive Brokers' TWS and IB Gateway for zombie connections,
says whose they are, and removes the ones that can be removed safely. It never connects to a watched
port and never signals TWS, the Gateway or a bot with a live session.`;

const AFTER = `
Examples:
  sexton status                  one look at all watched ports
  sexton watch --port 4002       a live view of one port
  sexton clean                   show what can be cleaned, ask, then clean

Run "sexton help COMMAND" for the flags and examples of a command.`;

function flagsOf(command: Command): string {
  const longs = command.options.map(({ long, short }) => long ?? short ?? '');
  return `allowed are ${[...longs, '--help'].join(', ')}`;
}

/** commander's own message holds the flag between the first and the last quote. */
function quotedPart(message: string): string {
  return message.slice(message.indexOf("'") + 1, message.lastIndexOf("'"));
}

/** Turns commander's complaint about `command` into ours: one line with the argument, its value and what is allowed. */
function explain(command: Command, error: CommanderError): Error {
  switch (error.code) {
    case 'commander.unknownOption':
      return new UsageError(quotedPart(error.message), null, `unknown flag; ${flagsOf(command)}`);
    case 'commander.optionMissingArgument':
      return new UsageError(quotedPart(error.message), null, 'its value is missing');
    case 'commander.missingArgument':
      return new UsageError(quotedPart(error.message), null, 'is missing');
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

function speakForOurselves(command: Command): void {
  command.exitOverride((error) => {
    throw explain(command, error);
  });
  command.commands.forEach(speakForOurselves);
}

/** The whole command line as a commander program, in which every complaint is thrown as a `UsageError`. */
export function createProgram(version: string, context: Context): Command {
  const program = new Command('sexton')
    .description(ABOUT)
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .addHelpText('after', AFTER)
    .configureOutput({
      writeOut: (text) => context.io.out.write(text),
      writeErr: (text) => context.io.err.write(text),
      outputError: () => undefined,
      getOutHelpWidth: () => Math.min(100, context.io.out.paper().columns),
    });
  for (const register of COMMANDS) register(program, context);
  program
    .command('help [command...]')
    .description('show the help of a command')
    .action((names: string[]) => {
      let named = program;
      for (const name of names) {
        const next = named.commands.find((command) => command.name() === name);
        if (next === undefined) throw new UsageError('command', name, `unknown; ${commandsOf(named)}`);
        named = next;
      }
      named.outputHelp();
    });
  speakForOurselves(program);
  return program;
}
