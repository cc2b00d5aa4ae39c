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

/** Sexton can ask when stdin is a terminal and stdout or stderr is one too; the question goes to that output. */
function canAsk({ input, out, err }: Io): boolean {
  return input.isTTY === true && (out.isTTY || err.isTTY);
}

function consentOf({ yes, dryRun }: CleanOptions, io: Io): CleanWish['consent'] {
  if (dryRun) return 'dry-run';
  if (yes) return 'given';
  return canAsk(io) ? 'ask' : 'show';
}

/** Progress and questions go to stderr when stdout carries JSON, or when a question on stdout could not be seen. */
function humanOutput(json: boolean, consent: CleanWish['consent'], { out, err }: Io): Output {
  return json || (consent === 'ask' && !out.isTTY) ? err : out;
}

/** `sexton clean`: plan, confirm, clean, verify. */
export const registerClean: Register = (program, context) => {
  addCommand(program, {
    name: 'clean',
    summary: 'review and stop bots that hold zombies',
    details: [
      'Shows which processes it will stop, which it will not and why, and asks for confirmation. It then sends SIGTERM, sends SIGKILL only to those still running after the grace period, and verifies the result. It never stops TWS, the Gateway or processes related to them. It stops a bot that may be in use, such as one with a live session, only if you include it by pid.',
      'Without a terminal and without --yes, it only shows the plan.',
      'Exit code: 0 no zombies left, 1 zombies remain, 2 not confirmed, 3 cannot see. A dry run exits with 0, 1 or 3.',
    ],
    examples: [
      ['sexton clean', 'review, confirm, clean'],
      ['sexton clean --dry-run', 'only show the plan'],
      ['sexton clean --yes --json', 'for scripts: no question, JSON result'],
      ['sexton clean --port 7497 --grace 10', 'one port, 10 s between the signals'],
      ['sexton clean --include 4312', 'also stop pid 4312 despite its session'],
    ],
  })
    .option('--port <port>', 'clean only this port; may be repeated', parsePort)
    .option('--yes', 'clean without asking')
    .option('--dry-run', 'show the plan and stop nothing')
    .option('--include <pid>', 'also stop this bot even if it may be in use; may be repeated', parsePid('--include'))
    .addOption(
      new Option('--include-live <pid>', 'the old name of --include').argParser(parsePid('--include-live')).hideHelp(),
    )
    .option('--grace <seconds>', 'time between SIGTERM and SIGKILL', parseGrace)
    .option('--json', 'print the result as JSON, and nothing else on stdout')
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
