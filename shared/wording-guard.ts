import { durationWords } from './wording.ts';

/** Why a guarded attempt failed, as a clause for the record: who did not do what. */
export const ATTEMPT_FAILED: Readonly<
  Record<'no-session' | 'unanswered' | 'lost', (bot: string, timeoutMs: number) => string>
> = {
  'no-session': (bot, timeoutMs) => `${bot} opened no session within ${durationWords(timeoutMs)}`,
  unanswered: (bot, timeoutMs) =>
    `the Gateway accepted the connection of ${bot} and did not answer within ${durationWords(timeoutMs)}`,
  lost: (bot, timeoutMs) => `${bot} was answered, but no session stayed within ${durationWords(timeoutMs)}`,
};

/** The clause for a command that ended before its session was answered. */
export function endedEarly(bot: string, how: { code: number } | { signal: string }): string {
  const words = 'code' in how ? `with exit code ${how.code}` : `by ${how.signal}`;
  return `${bot} ended ${words} before a session was answered`;
}
