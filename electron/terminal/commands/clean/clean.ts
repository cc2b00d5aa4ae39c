import { Option } from 'commander';
import { withEngine } from '../../engines.ts';
import { parseGrace, parsePid, parsePort } from '../../kit/arguments.ts';
import { addCommand, type Register } from '../../kit/command.ts';
import type { Io, Output } from '../../screen/io.ts';
import { jsonLine } from '../../screen/text.ts';
import { resultView } from '../../views/result.ts';
import { type CleanWish, cleanFlow } from './flow.ts';

interface CleanOptions {
  port?: number[];
  yes?: true;
  dryRun?: true;
  include?: number[];
  /** The old name of `include`. */
  includeLive?: number[];
  grace?: number;
  json?: true;
}

/** A person can be asked when they can type and read: the question goes to whichever output is a terminal. */
function canAsk({ input, out, err }: Io): boolean {
  return input.isTTY === true && (out.isTTY || err.isTTY);
}

function consentOf({ yes, dryRun }: CleanOptions, io: Io): CleanWish['consent'] {
  if (dryRun) return 'dry-run';
  if (yes) return 'given';
  return canAsk(io) ? 'ask' : 'show';
}

/** What a person reads on the way stays off stdout when that carries JSON, or goes where the asked person cannot see it. */
function humanOutput(json: boolean, consent: CleanWish['consent'], { out, err }: Io): Output {
  return json || (consent === 'ask' && !out.isTTY) ? err : out;
}

/** `sexton clean`: plan, confirm, clean, verify. */
export const registerClean: Register = (program, context) => {
  addCommand(program, {
    name: 'clean',
    summary: 'stop the bots that hold zombies, after a review',
    details: [
      'Shows who will be stopped, who will not and why, and asks; then sends SIGTERM, SIGKILL only to what is still there after the grace, and verifies. TWS, the Gateway and their relatives are never touched, bots that may be in use, for example with a live session, only if included by pid.',
      'Without a terminal and without --yes it only shows the plan.',
      'Exit code: 0 port clean, 1 zombies remain, 2 declined, 3 cannot see. A dry run exits 0 or 1 by what it found.',
    ],
    examples: [
      ['sexton clean', 'review, confirm, clean'],
      ['sexton clean --dry-run', 'only show the plan'],
      ['sexton clean --yes --json', 'for scripts: no question, the result as JSON'],
      ['sexton clean --port 7497 --grace 10', 'one port, 10 s between SIGTERM and SIGKILL'],
      ['sexton clean --include 4312', 'also stop pid 4312, though it has a live session'],
    ],
  })
    .option('--port <port>', 'clean only this port; may be repeated', parsePort)
    .option('--yes', 'do not ask')
    .option('--dry-run', 'show the plan and do nothing')
    .option('--include <pid>', 'also stop this bot, though it may be in use; may be repeated', parsePid('--include'))
    .addOption(
      new Option('--include-live <pid>', 'the old name of --include').argParser(parsePid('--include-live')).hideHelp(),
    )
    .option('--grace <seconds>', 'time between SIGTERM and SIGKILL', parseGrace)
    .option('--json', 'print the result as JSON and nothing else on stdout')
    .action((options: CleanOptions) => {
      const { port = [], include = [], includeLive = [], grace, json = false } = options;
      const { io } = context;
      const consent = consentOf(options, io);
      const human = humanOutput(json, consent, io);
      return withEngine(context, { ports: port }, async ({ engine }) => {
        const wish = { ports: port, include: [...new Set([...include, ...includeLive])], graceMs: grace, consent };
        const { result, exit } = await cleanFlow(engine, wish, human, io);
        if (json) io.out.write(`${jsonLine(result)}\n`);
        else io.out.lines(resultView(result, io.out.paper()));
        return exit;
      });
    });
};
