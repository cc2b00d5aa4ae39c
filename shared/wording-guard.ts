import { durationWords } from './wording.ts';

/** Why a guarded attempt failed at its timeout, as a clause for the record: who did not do what, and where. */
export function attemptFailed(
  why: 'no-session' | 'unanswered' | 'lost',
  { bot, ports, timeoutMs }: { bot: string; ports: readonly number[]; timeoutMs: number },
): string {
  const within = `within ${durationWords(timeoutMs)}`;
  switch (why) {
    case 'no-session':
      return `${bot} opened no session on ${ports.join(', ')} ${within}`;
    case 'unanswered':
      return `the Gateway accepted the connection of ${bot} and did not answer ${within}`;
    case 'lost':
      return `${bot} was answered, but no session stayed ${within}`;
  }
}

/** The clause for a command that ended before its session was answered. */
export function endedEarly(bot: string, how: { code: number } | { signal: string }): string {
  const words = 'code' in how ? `with exit code ${how.code}` : `by ${how.signal}`;
  return `${bot} ended ${words} before a session was answered`;
}
