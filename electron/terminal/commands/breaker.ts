import type { Command } from 'commander';
import type { PortBreaker } from '../../engine/connect/breaker/set.ts';
import type { BreakerStore } from '../../engine/connect/breaker/store.ts';
import type { Context } from '../context.ts';
import { withEngine } from '../engines.ts';
import { parseOnePort, parseOutcome } from '../kit/arguments.ts';
import { addCommand, addGroup, type Register } from '../kit/command.ts';
import { type Line, type Paper, paragraph } from '../screen/paint.ts';
import { jsonLine } from '../screen/text.ts';
import { breakerLine, breakerProblemSentence, breakerTone } from '../views/protection.ts';

interface BreakerOptions {
  port?: number;
  json?: true;
}

/** The reason of a breaker that a person opened, and of one that unguarded bots opened. */
const BY_COMMAND = 'by hand, in the terminal';
const REPORTED = 'an unguarded bot reported a failed connection';

const PER_PORT = 'Each port given to a guard has its own breaker; guards without --port share one.';

/** Runs one step on the shared breakers and shows their new state; exits with 1 if their file could not be read or written. */
function steer(
  context: Context,
  { port, json }: BreakerOptions,
  step: (breaker: BreakerStore, port: number | undefined) => Promise<unknown>,
): Promise<void> {
  return withEngine(context, { ports: [], reports: 'breaker.json' }, async ({ breaker, breakerProblems }) => {
    const { out, err, now } = context.io;
    await step(breaker, port);
    const shown = port === undefined ? breaker.list() : [breaker.viewOf(port)];
    if (json) {
      out.write(`${jsonLine(port === undefined ? { ...breaker.view(), breakers: shown } : breaker.viewOf(port))}\n`);
    } else {
      const all = shown.length === 0 ? [breaker.viewOf(null)] : shown;
      for (const one of all) out.lines(lineOf(one, out.paper(), now()));
    }
    for (const problem of breakerProblems) {
      err.lines(paragraph(`sexton: ${breakerProblemSentence(problem)}`, 'warning', err.paper()));
    }
    return breakerProblems.length === 0 ? 0 : 1;
  });
}

function lineOf({ port, ...state }: PortBreaker, paper: Paper, now: Date): Line[] {
  return paragraph(breakerLine('Circuit breaker', state, now, port), breakerTone(state), paper);
}

function withFlags(command: Command, portHelp: string): Command {
  return command
    .option('--port <port>', portHelp, parseOnePort)
    .option('--json', 'print only JSON: one breaker with --port, otherwise the worst one and a list of all');
}

/** `sexton breaker status|reset|open|report`: the breakers that guards share with the app. */
export const registerBreaker: Register = (program, context) => {
  const group = addGroup(program, {
    name: 'breaker',
    summary: 'show and control the circuit breakers',
  });
  withFlags(
    addCommand(group, {
      name: 'status',
      summary: 'show whether guarded bots may connect',
      details: [PER_PORT, 'Exit code: 0.'],
      examples: [
        ['sexton breaker status', 'all breakers, worst first'],
        ['sexton breaker status --port 4002 --json', 'check one port before connecting'],
      ],
    }),
    'show only the breaker of this port (default: all)',
  ).action((options: BreakerOptions) => steer(context, options, (breaker) => breaker.refresh()));
  withFlags(
    addCommand(group, {
      name: 'reset',
      summary: 'let guarded bots connect again',
      details: ['Clears the failures and ends a manual hold, on every port unless you name one.', 'Exit code: 0.'],
      examples: [
        ['sexton breaker reset', 'after a restart of the Gateway'],
        ['sexton breaker reset --port 4002', 'one port only'],
      ],
    }),
    'change only the breaker of this port (default: all)',
  ).action((options: BreakerOptions) => steer(context, options, (breaker, port) => breaker.reset(port)));
  withFlags(
    addCommand(group, {
      name: 'open',
      summary: 'keep guarded bots from connecting until you reset it',
      details: [
        'Applies to every port unless you name one, including ports that no guard has used yet. Connected bots stay connected.',
        'Exit code: 0.',
      ],
      examples: [
        ['sexton breaker open', 'before work on the Gateway'],
        ['sexton breaker open --port 4001', 'before work on one Gateway'],
      ],
    }),
    'change only the breaker of this port (default: all)',
  ).action((options: BreakerOptions) => steer(context, options, (breaker, port) => breaker.hold(BY_COMMAND, port)));
  withFlags(
    addCommand(group, {
      name: 'report',
      summary: 'report how an unguarded bot connected',
      details: [
        'Counts like the result of a guarded bot. While the breaker is half-open, the report counts as the one allowed attempt, unless a guard is already making it.',
        'Exit code: 0.',
      ],
      examples: [
        ['sexton breaker report ok --port 4002', 'the bot has connected'],
        ['sexton breaker report failed --port 4002', 'the handshake timed out'],
      ],
    }).argument('<outcome>', 'ok or failed', parseOutcome),
    'port the bot connects to; without it, the report goes to the breaker of guards without --port',
  ).action((outcome: 'ok' | 'failed', options: BreakerOptions) =>
    steer(context, options, (breaker, port) =>
      breaker.report(outcome === 'ok' ? { ok: true } : { ok: false, reason: REPORTED }, port ?? null),
    ),
  );
};
