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

/** Why a breaker is open that a person opened, or that bots without guard opened. */
const BY_COMMAND = 'by hand, in the terminal';
const REPORTED = 'a bot that is not guarded reported a failed connect';

const PER_PORT =
  'There is one breaker for each port that was given to a guard, and one that all guards without --port share.';

/** Runs one step on the shared breakers and shows how they stand afterwards; 1 when their file could not be read or written. */
function steer(
  context: Context,
  { port, json }: BreakerOptions,
  step: (breaker: BreakerStore, port: number | undefined) => Promise<unknown>,
): Promise<void> {
  return withEngine(context, { ports: [] }, async ({ breaker, breakerProblems }) => {
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

function withFlags(command: Command, whose: string): Command {
  return command
    .option('--port <port>', whose, parseOnePort)
    .option('--json', 'print JSON and nothing else: one breaker with --port, else the worst and all of them');
}

/** `sexton breaker status|reset|open|report`: the breakers that guards share with the app. */
export const registerBreaker: Register = (program, context) => {
  const group = addGroup(program, {
    name: 'breaker',
    summary: 'show, steer or feed the circuit breakers of guarded bots',
  });
  withFlags(
    addCommand(group, {
      name: 'status',
      summary: 'show whether guarded bots may connect',
      details: [PER_PORT, 'Exit code: 0.'],
      examples: [
        ['sexton breaker status', 'every breaker, the worst first'],
        ['sexton breaker status --port 4002 --json', 'that of one port, for a bot that asks before it connects'],
      ],
    }),
    'the breaker of this port; all when absent',
  ).action((options: BreakerOptions) => steer(context, options, (breaker) => breaker.refresh()));
  withFlags(
    addCommand(group, {
      name: 'reset',
      summary: 'let guarded bots connect again',
      details: ['Forgets the failures and ends a hold, on every port unless one is named. Exit code: 0.'],
      examples: [
        ['sexton breaker reset', 'after the Gateway was restarted'],
        ['sexton breaker reset --port 4002', 'for one port'],
      ],
    }),
    'only the breaker of this port',
  ).action((options: BreakerOptions) => steer(context, options, (breaker, port) => breaker.reset(port)));
  withFlags(
    addCommand(group, {
      name: 'open',
      summary: 'hold guarded bots back until you reset it',
      details: [
        'On every port unless one is named, also on ports that no guard has used yet. Bots that are connected stay so.',
        'Exit code: 0.',
      ],
      examples: [
        ['sexton breaker open', 'before work on the Gateway'],
        ['sexton breaker open --port 4001', 'before work on one of two Gateways'],
      ],
    }),
    'only the breaker of this port',
  ).action((options: BreakerOptions) => steer(context, options, (breaker, port) => breaker.hold(BY_COMMAND, port)));
  withFlags(
    addCommand(group, {
      name: 'report',
      summary: 'tell the breaker how a connect of a bot without guard went',
      details: [
        'A failure counts as one of a guarded bot does, a success as well. While half-open the report counts as the one attempt that is let through, unless a guard is making it. Exit code: 0.',
      ],
      examples: [
        ['sexton breaker report ok --port 4002', 'the bot has connected'],
        ['sexton breaker report failed --port 4002', 'the handshake timed out'],
      ],
    }).argument('<outcome>', 'ok or failed', parseOutcome),
    'where the bot connects; guards without --port share a breaker with reports without it',
  ).action((outcome: 'ok' | 'failed', options: BreakerOptions) =>
    steer(context, options, (breaker, port) =>
      breaker.report(outcome === 'ok' ? { ok: true } : { ok: false, reason: REPORTED }, port ?? null),
    ),
  );
};
