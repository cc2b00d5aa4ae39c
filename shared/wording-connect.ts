import type { LockError } from './lock.ts';
import { processWords } from './wording.ts';

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
