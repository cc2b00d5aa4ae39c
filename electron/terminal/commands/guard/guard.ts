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

/** `sexton guard`: runs an unmodified bot behind circuit breaker, handshake lock and cleaning. */
export const registerGuard: Register = (program, context) => {
  addCommand(program, {
    name: 'guard',
    summary: 'run a bot: one handshake at a time, with retries',
    details: [
      "Starts the command behind the circuit breaker and the handshake lock, and watches the kernel's socket table for its session; guard itself never connects. The bot has connected once the command, or a process it started, has completed a handshake and kept that session for 2 s. After that, guard only waits for the command to end: later reconnects are the bot's own and are not serialized.",
      'An attempt fails if the command ends before that, even with exit code 0, or has no such session at the timeout. Guard then stops the command and everything it left running, releases the lock, cleans up, waits 1 s, 2 s, 4 s and so on up to 60 s, and tries again. It never stops a process with an answered session, a Gateway or a Java process, and it starts no new attempt while any part of the bot is still running. A command that connected and ended with exit code 0 is done and is not started again, unless the Gateway closed its session first, as it does when the client ID is in use.',
      "Failures count towards the circuit breaker of the guard's ports; guards without --port share one. If the command opens no connection although the port is listening, the fault is the bot's own: guard tries again, but the breaker does not count the failure.",
      'If the bot takes the handshake lock itself, guard releases it to the bot at once. Otherwise guard holds the lock until 0.5 s after the handshake, and never for more than 25 s before the bot has connected.',
      'Only sessions of the command and of processes it started count, so guard cannot watch a bot in a container or on another machine.',
      '--clean own removes the zombie connections of this bot and of bots whose guard was killed; --clean all removes those of every bot that can be cleaned. Both refuse what sexton clean refuses.',
      "Standard input and output, signals and Ctrl-C go to the bot; guard's own messages go to stderr.",
      "Exit code: the command's own. 75: the breaker is open, or all attempts failed. 143: Sexton or SIGTERM stopped the bot, and guard does not start it again. 126: the command cannot be run. 127: the command was not found.",
    ],
    examples: [
      ['sexton guard -- python3 runner.py', 'a bot on any watched port'],
      ['sexton guard --port 4002 --timeout 20 -- python3 runner.py --paper', 'one port, 20 s for the handshake'],
      ['sexton guard --retries 0 --clean none -- ./start-bot.sh', 'a single attempt, no cleaning'],
    ],
  })
    .argument('<command...>', 'the bot and its arguments, after --')
    .option('--port <port>', 'port the bot connects to; may be repeated (default: any watched port)', parsePort)
    .option('--retries <count>', 'number of attempts after the first', parseRetries, DEFAULT_RETRIES)
    .option('--timeout <seconds>', 'time allowed for the handshake (default: 60)', parseAttemptTimeout)
    .option('--clean <scope>', 'which zombies to remove before each attempt: own, all or none', parseCleaning, 'own')
    .option('--no-lock', 'do not take the handshake lock')
    .action((command: string[], { port = [], retries, timeout = DEFAULT_TIMEOUT_MS, clean, lock }: GuardOptions) =>
      withEngine(context, { ports: port, reports: 'breaker.json' }, async ({ guard, breakerProblems }) => {
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
