import type { LockError } from '../lock.ts';
import type { LockState } from '../snapshot.ts';
import { durationWords, processWords } from './format.ts';

/** The name of each lock state. */
export const LOCK_WORDS: Readonly<Record<LockState['kind'], string>> = {
  free: 'Free',
  held: 'Held',
  unknown: 'Unknown',
};

/** Why a leftover lock file is harmless. */
export const LOCK_NEVER_STALE =
  'The system releases the lock when the last process that has it open closes it or exits. That may be a child that inherited it. So the file is never stale and must never be deleted.';

/** A clause after the holder's name when it inherited the lock; empty when it took the lock itself. */
export function inheritedWords({ inherited }: Pick<LockState, 'inherited'>): string {
  return inherited === true ? ', which inherited it and still has it open' : '';
}

/** Who holds the lock and for how long, or what an unknown state means. */
export function lockSentence(lock: LockState, now: number): string {
  switch (lock.kind) {
    case 'free':
      return 'No bot is connecting';
    case 'unknown':
      return 'Sexton cannot see who holds it';
    case 'held': {
      const who = lock.holder === null ? 'By a process Sexton cannot see' : processWords(lock.holder);
      const holder = `${who}${inheritedWords(lock)}`;
      return lock.since === null ? holder : `${holder} for ${durationWords(now - Date.parse(lock.since))}`;
    }
  }
}

/** How many wait for the lock and who is first, or nothing when none waits. */
export function waitersWords(lock: Pick<LockState, 'waiters'>): string {
  const [first] = lock.waiters;
  if (first === undefined) return '';
  return lock.waiters.length === 1 ? `${processWords(first)} waits` : `${lock.waiters.length} bots wait`;
}

/** Why the handshake lock was not taken, in one sentence: a timeout names the file, the seconds and the holder. */
export function lockErrorSentence({ code, path, waitedMs, holder, detail }: LockError): string {
  switch (code) {
    case 'timeout': {
      const whom = holder === null ? 'a process that Sexton cannot see' : processWords(holder);
      return `The handshake lock ${path} was not free within ${secondsWords(waitedMs)} s; ${whom} holds it.`;
    }
    case 'aborted':
      return `Gave up waiting for the handshake lock ${path} after ${secondsWords(waitedMs)} s.`;
    case 'symlink':
      return `The handshake lock ${path} is a symbolic link, which Sexton does not follow: remove the link, or set lockPath to its target.`;
    case 'not-a-file':
      return `The handshake lock ${path} is not a regular file: move it away, or set lockPath to another path.`;
    case 'no-folder':
      return `The folder of the handshake lock ${path} does not exist: create it, or set lockPath to another path.`;
    case 'not-permitted':
      return `Sexton is not permitted to open the handshake lock ${path} (${detail}): its owner can allow it with chmod 666 ${path}.`;
    case 'unavailable':
      return `This machine has no way to take the handshake lock ${path} (${detail}).`;
    case 'failed':
      return `The handshake lock ${path} could not be taken (${detail}).`;
  }
}

function secondsWords(milliseconds: number): string {
  return (milliseconds / 1_000).toFixed(milliseconds % 1_000 === 0 ? 0 : 1).replace(/\.0$/, '');
}
