import { basename } from 'node:path';
import type { GuardedCleaning } from '../../../engine/connect/guard/clean.ts';
import type { GuardNews } from '../../../engine/connect/guard/news.ts';
import { relaySignals } from '../../../engine/platform/run/child-signals.ts';
import { withEngine } from '../../engines.ts';
import { parseAttemptTimeout, parseCleaning, parsePort, parseRetries } from '../../kit/arguments.ts';
import { addCommand, type Register } from '../../kit/command.ts';
import { paragraph } from '../../screen/paint.ts';
import { breakerProblemSentence } from '../../views/protection.ts';
import { guardWords } from './words.ts';

interface GuardOptions {
  port?: number[];
  retries: number;
  timeout: number;
  clean: GuardedCleaning;
  lock: boolean;
}

const DEFAULT_RETRIES = 4;
const DEFAULT_TIMEOUT_MS = 60_000;

/** `sexton guard`: runs an unmodified bot behind breaker, lock and pre-clean. */
export const registerGuard: Register = (program, context) => {
  addCommand(program, {
    name: 'guard',
    summary: 'run a bot: one handshake at a time, and again if it fails',
    details: [
      "Starts the command behind the circuit breaker and the handshake lock, and watches the kernel's tables for its session; it never connects itself. The bot has connected when the handshake of a session of it, or of a process it started, is done and that session has stayed for 2 s. From then on guard only waits for its end: later reconnects are the bot's own and are not serialized.",
      'An attempt has failed when the command ends before that, with 0 too, or has no such session at the timeout; then it is stopped, with whatever it started and left running. An answered session, a Gateway or a Java in that tree is never stopped, and no further attempt starts while any part of the bot still lives. Guard lets go of the lock, cleans up, waits 1 s, 2 s, 4 s and so on up to 60 s, and tries again. A command that was connected and ends with 0 is done and not started again, unless the Gateway closed its session first, as it does with a client id in use.',
      "Failures open the circuit breaker of the guard's ports; guards without --port share one. A command that opens no connection although somebody listens has failed by itself: it is tried again, and the breaker does not count it.",
      'A bot that takes the handshake lock itself gets it at once. Else the lock is held until 0.5 s after the handshake, and never for more than 25 s before the bot has connected.',
      'Only sessions of the command and of processes it starts count, so a bot in a container or on another machine cannot be guarded.',
      '--clean own removes zombies of this bot and of bots whose guard was killed, all those of every bot that may be cleaned; both refuse what sexton clean refuses.',
      "Standard input and output, signals and Ctrl-C go to the bot; guard's own words go to stderr.",
      "Exit code: the command's own. 75: the breaker is open, or all attempts failed. 143: the bot was stopped by Sexton or by SIGTERM, and is not started again. 126, 127: the command cannot be run, or was not found.",
    ],
    examples: [
      ['sexton guard -- python3 runner.py', 'a bot on any watched port'],
      ['sexton guard --port 4002 --timeout 20 -- python3 runner.py --paper', 'one port, 20 s for the handshake'],
      ['sexton guard --retries 0 --clean none -- ./start-bot.sh', 'a single attempt, nothing cleaned'],
    ],
  })
    .argument('<command...>', 'the bot and its arguments, after --')
    .option('--port <port>', 'the bot connects to this port; may be repeated; any watched port when absent', parsePort)
    .option('--retries <count>', 'attempts after the first', parseRetries, DEFAULT_RETRIES)
    .option('--timeout <seconds>', 'time for a handshake (default: 60)', parseAttemptTimeout)
    .option('--clean <whom>', 'whose zombies to remove before each attempt: own, all or none', parseCleaning, 'own')
    .option('--no-lock', 'leave the handshake lock alone')
    .action((command: string[], { port = [], retries, timeout = DEFAULT_TIMEOUT_MS, clean, lock }: GuardOptions) =>
      withEngine(context, { ports: port }, async ({ guard, breakerProblems }) => {
        const { err, now } = context.io;
        const say = (words: string) => {
          if (words !== '') err.lines(paragraph(`sexton guard: ${words}`, 'plain', err.paper()));
        };
        const tell = (news: GuardNews) => say(guardWords(news, basename(command[0] ?? ''), now()));
        const relay = relaySignals();
        try {
          const wish = { command, ports: port, retries, timeoutMs: timeout, clean, lock };
          return await guard(wish, relay, tell);
        } finally {
          relay.close();
          for (const problem of breakerProblems) say(breakerProblemSentence(problem));
        }
      }),
    );
};
