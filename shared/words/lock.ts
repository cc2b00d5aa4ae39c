import type { LockError } from '../lock.ts';
import type { LockState } from '../snapshot.ts';
import { durationWords, processWords } from './format.ts';

/** The word of each lock state. */
export const LOCK_WORDS: Readonly<Record<LockState['kind'], string>> = {
  free: 'Free',
  held: 'Held',
  unknown: 'Unknown',
};

/** Why a lock file that lies around is no fault. */
export const LOCK_NEVER_STALE =
  'The lock ends with the last process that has it open, which may be a child that inherited it, so the file is never stale and must never be deleted.';

/** Says of the holder that it did not take the lock itself, to be put after its name; empty when it did. */
export function inheritedWords({ inherited }: Pick<LockState, 'inherited'>): string {
  return inherited === true ? ', which keeps it open although the process that took it has let go' : '';
}

/** Who holds the lock and for how long, or what an unknown state means. */
export function lockSentence(lock: LockState, now: number): string {
  switch (lock.kind) {
    case 'free':
      return 'Nobody is connecting';
    case 'unknown':
      return 'Sexton cannot see who holds it';
    case 'held': {
      const who = lock.holder === null ? 'By a process Sexton cannot see' : processWords(lock.holder);
      const holder = `${who}${inheritedWords(lock)}`;
      return lock.since === null ? holder : `${holder} for ${durationWords(now - Date.parse(lock.since))}`;
    }
  }
}

/** How many wait for the lock and who is first, or nothing when nobody waits. */
export function waitersWords(lock: Pick<LockState, 'waiters'>): string {
  const [first] = lock.waiters;
  if (first === undefined) return '';
  return lock.waiters.length === 1 ? `${processWords(first)} waits` : `${lock.waiters.length} bots wait`;
}

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
