import type { BreakerState } from '../../../../shared/snapshot.ts';
import { clockTimeExact, counted, durationWords } from '../../../../shared/words/format.ts';
import { lockErrorSentence } from '../../../../shared/words/lock.ts';
import type { GuardNews } from '../../../engine/connect/guard/news.ts';
import type { StartError } from '../../../engine/platform/run/child.ts';

type Blocked = Extract<GuardNews, { kind: 'blocked' }>;

/** Why a command did not start, in the words of a shell. */
export function startErrorWords(command: string, { code, detail }: StartError): string {
  return code === 'not-found' ? `${command}: command not found` : `${command} cannot be run (${detail})`;
}

function lastCodeWords(lastCode: number | null): string {
  return lastCode === null ? '' : ` The bot's last exit code was ${lastCode}.`;
}

function blockedWords({ lastCode, ...blocked }: Blocked, now: Date): string {
  return `${breakerRefusalSentence(blocked, now)}${blocked.why === 'open' ? lastCodeWords(lastCode) : ''}`;
}

function failedWords({ attempt, of, reason, retryInMs, ownFault }: Extract<GuardNews, { kind: 'failed' }>): string {
  const fault = ownFault ? " The fault is the bot's own, so the circuit breaker does not count it." : '';
  const next = retryInMs === null ? '' : ` Next attempt in ${durationWords(retryInMs)}.`;
  return `Attempt ${attempt} of ${of} failed: ${reason.replace(/\.$/, '')}.${fault}${next}`;
}

/** A guard's news as a sentence; empty if there is nothing to say. `command` is the program's name. */
export function guardWords(news: GuardNews, command: string, now: Date): string {
  switch (news.kind) {
    case 'blocked':
      return blockedWords(news, now);
    case 'exhausted':
      return `Gave up after ${news.attempts === 1 ? 'one attempt' : `${news.attempts} attempts`}.${lastCodeWords(news.lastCode)}`;
    case 'left-running':
      return `The command has ended, but ${news.processes.map(({ name, why }) => `${name} still runs. ${why}`).join(' ')} Guard starts no new attempt beside it.${lastCodeWords(news.lastCode)}`;
    case 'rest-stopped':
      return `Stopped what the command left running: ${news.names.join(', ')}.`;
    case 'rest-spared':
      return `Left running, because it is not a bot: ${news.names.join(', ')}.`;
    case 'failed':
      return failedWords(news);
    case 'left-zombies':
      return zombiesLeftSentence(news.bot, news.left);
    case 'not-started':
      return startErrorWords(command, news.error);
    case 'connected':
      if (!news.proven) {
        return 'The session lasted until the timeout, so the bot counts as connected. This system does not show whether the Gateway answered.';
      }
      return news.attempt === 1 ? '' : `Connected on attempt ${news.attempt}.`;
    case 'unseen':
      return "Sexton cannot see this bot's connections, so it lets the bot run and returns its exit code.";
    case 'stopping':
      return 'Stopping the hung bot.';
    case 'left-alone':
      return `The bot did not connect in time on the watched ports, but guard lets it run. ${news.reason} Guard returns its exit code.`;
    case 'stopped-by-sexton':
      return 'Sexton stopped this bot, so guard does not start it again.';
    case 'self-locking':
      return 'This bot takes the handshake lock itself, so guard leaves the lock to it.';
    case 'lock-overdue':
      return 'Released the handshake lock after 25 s, so that other bots do not give up waiting.';
    case 'without-lock':
      return `${lockErrorSentence(news.error)} The bot runs without the lock.`;
    case 'cleaned':
      return news.result.message;
    case 'clean-trouble':
      return `Nothing was cleaned.${news.error.code === 'cannot-see' ? ` ${news.error.hint}` : ''}`;
    case 'trouble':
      return `${news.text}.`;
  }
}

/** What a guarded bot left: connections that only the Gateway can close, and some that a process it started still holds. */
export function zombiesLeftSentence(bot: string, { gateway, client }: { gateway: number; client: number }): string {
  const held = [
    ...(gateway > 0 ? [`${gateway} that only the Gateway can close`] : []),
    ...(client > 0 ? [`${client} held by a process it started`] : []),
  ];
  return `${bot} left ${counted(gateway + client, 'zombie connection')}: ${held.join(', ')}.`;
}

/** Why no connect may be tried now: what the breaker is in, its reason, and the local time of the next try or what to do. */
export function breakerRefusalSentence(
  { why, breaker }: { why: 'open' | 'held' | 'probing'; breaker: BreakerState },
  now: Date,
): string {
  const { failures, retryAt, reason } = breaker;
  switch (why) {
    case 'open': {
      const left = retryAt === null ? 0 : Date.parse(retryAt) - now.getTime();
      const next = retryAt === null ? '' : ` Next try at ${clockTimeExact(retryAt)} (in ${durationWords(left)}).`;
      const because = reason === null ? '' : ` Reason: ${reason}.`;
      return `The circuit breaker is open after ${failures} failures in a row.${next}${because}`;
    }
    case 'held':
      return 'The circuit breaker is held open by hand. To let bots connect again: sexton breaker reset';
    case 'probing':
      return 'The circuit breaker is half-open and another bot is making the one attempt it allows. Try again once its result is known.';
  }
}
