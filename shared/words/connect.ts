import type { LockError } from '../lock.ts';
import type { BreakerState } from '../snapshot.ts';
import { durationWords, processWords } from './common.ts';
import { clockTimeExact } from './panel.ts';

/** Why the handshake lock was not had, in one sentence: a timeout names the file, the seconds and the holder. */
export function lockErrorSentence({ code, path, waitedMs, holder, detail }: LockError): string {
  switch (code) {
    case 'timeout': {
      const whom = holder === null ? 'a process that Sexton cannot see' : processWords(holder);
      return `The handshake lock ${path} was not free within ${secondsWords(waitedMs)} s; ${whom} holds it.`;
    }
    case 'aborted':
      return `Waiting for the handshake lock ${path} was given up after ${secondsWords(waitedMs)} s.`;
    case 'symlink':
      return `The handshake lock ${path} is a symbolic link, which Sexton does not follow: remove the link, or set lockPath to its target.`;
    case 'not-a-file':
      return `The handshake lock ${path} is not a regular file: move it away, or set lockPath to another path.`;
    case 'no-folder':
      return `The handshake lock ${path} has no folder to be in: create the folder, or set lockPath to another path.`;
    case 'not-permitted':
      return `Sexton may not open the handshake lock ${path} (${detail}): its owner can allow it with chmod 666 ${path}.`;
    case 'unavailable':
      return `Nothing on this machine can take the handshake lock ${path} (${detail}).`;
    case 'failed':
      return `The handshake lock ${path} could not be taken (${detail}).`;
  }
}

function secondsWords(milliseconds: number): string {
  return (milliseconds / 1_000).toFixed(milliseconds % 1_000 === 0 ? 0 : 1).replace(/\.0$/, '');
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
      return 'The circuit breaker is held open by hand. Let bots connect again: sexton breaker reset';
    case 'probing':
      return 'The circuit breaker is half-open and another bot is making the one attempt it lets through. Try again when that is decided.';
  }
}

/** What is wrong with the breakers' file, and what that means. */
export function breakerProblemSentence({
  code,
  path,
  detail,
}: {
  code: 'corrupt' | 'not-read' | 'not-saved' | 'locked';
  path: string;
  detail: string;
}): string {
  switch (code) {
    case 'corrupt':
      return `The circuit breakers' file ${path} was damaged and is now ${detail}; the breakers begin anew.`;
    case 'not-read':
      return `The circuit breakers' file ${path} cannot be read (${detail}); what other processes have reported is not known.`;
    case 'not-saved':
      return `The circuit breakers' file ${path} cannot be written (${detail}); other processes do not learn of the changes made here.`;
    case 'locked':
      return `The circuit breakers' file ${path} could not be locked (${detail}); other processes do not learn of the changes made here.`;
  }
}
