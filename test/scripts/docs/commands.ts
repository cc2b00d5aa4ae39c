import type { Command } from 'commander';
import { createProgram } from '../../../electron/terminal/program.ts';
import { DIRECTORIES, fakeIo } from '../../unit/terminal/support.ts';
import { code, GENERATED, page, table } from './markdown.ts';

const INTRO = `Run \`sexton help COMMAND\` to read the same in the terminal. Times given to flags are seconds. Invalid input prints one line on stderr and
exits with 64; an unexpected fault exits with 70. With \`--json\`, stdout carries JSON and nothing else; \`status\` and \`watch\` print the snapshot
defined in [shared/snapshot.ts](../../shared/snapshot.ts). A number that is not known is \`null\`, never 0.`;

/** The page of commands, from the definitions that also make the help. */
export function commandsPage(): string {
  const io = fakeIo();
  const program = createProgram('', { io, open: refuse, directories: DIRECTORIES, exit: refuse });
  const helpOf = (command: Command): string => {
    const before = io.out.text().length;
    command.outputHelp();
    return io.out.text().slice(before);
  };
  const listed = program.createHelp().visibleCommands(program);
  const leaves = listed.flatMap((command) => (command.commands.length > 0 ? command.commands : [command]));
  const described = leaves.filter((command) => command.name() !== 'help');
  const rows = described.map((command) => [linkTo(command), command.summary()]);
  return page(
    '# Commands',
    GENERATED,
    INTRO,
    table(['command', 'what it does'], rows),
    ...described.map((command) => section(command, helpOf(command))),
  );
}

function refuse(): never {
  throw new Error('a page is written without running a command');
}

/** The command as it is typed: "sexton lock run". */
function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

function linkTo(command: Command): string {
  return `[${code(fullName(command))}](#${fullName(command).replaceAll(' ', '-')})`;
}

function section(command: Command, help: string): string {
  const shown = command.createHelp();
  const values = command.registeredArguments.map((argument) => [code(argument.name()), argument.description]);
  const options = shown.visibleOptions(command).filter(({ long }) => long !== '--help');
  const flags = options.map((option) => [code(option.flags), shown.optionDescription(option)]);
  return page(
    `## ${fullName(command)}`,
    code(shown.commandUsage(command)),
    ...command.description().split('\n').flatMap(paragraphs),
    values.length + flags.length === 0 ? '' : table(['argument or flag', 'meaning'], [...values, ...flags]),
    `\`\`\`sh\n${examples(help).join('\n')}\n\`\`\``,
  ).trimEnd();
}

/** A paragraph of the help; its exit codes become one of their own. */
function paragraphs(text: string): string[] {
  return text.split(/ ?(?=\bExit codes?:)/).map((part) => part.replace(/^(Exit codes?:)/, '**$1**'));
}

/** The examples at a help's end, each command with its purpose as a comment. The purpose is beside its command or below it, further inwards. */
function examples(help: string): string[] {
  const found: { command: string; purpose: string }[] = [];
  for (const line of (help.split('\nExamples:\n')[1] ?? '').split('\n')) {
    const [, command = '', purpose = ''] = /^ {2}(\S.*?)(?: {3,}(\S.*))?$/.exec(line) ?? [];
    const last = found.at(-1);
    if (command !== '') found.push({ command, purpose });
    else if (last !== undefined) last.purpose = `${last.purpose} ${line.trim()}`.trim();
  }
  if (found.length === 0 || found.some(({ purpose }) => purpose === ''))
    throw new Error(`no examples in the help:\n${help}`);
  const width = Math.max(...found.map(({ command }) => command.length));
  return found.map(({ command, purpose }) => `${command.padEnd(width)}   # ${purpose}`);
}
