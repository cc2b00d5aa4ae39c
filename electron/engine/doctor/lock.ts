import type { DoctorCheck } from '../../../shared/doctor.ts';
import type { LockState } from '../../../shared/snapshot.ts';
import { processWords } from '../../../shared/words/format.ts';
import { inheritedWords, LOCK_NEVER_STALE } from '../../../shared/words/lock.ts';
import type { BackendChoice } from '../platform/lock/flock-backend.ts';
import { broken, careful, check, type Finding, fine } from './check.ts';

/** The lines about the handshake lock: by what it is taken, and who holds it. `fix` brings a way to take it where none works. */
export function lockChecks(fix: string, choice: BackendChoice, state: LockState): DoctorCheck[] {
  return [
    check('lock-backend', 'Lock back-end', backendFinding(fix, choice)),
    check('lock', 'Handshake lock', holderFinding(state)),
  ];
}

function backendFinding(fix: string, { backend, rejected }: BackendChoice): Finding {
  const why = rejected.map(({ name, reason }) => `${name}: ${reason.split('\n')[0] ?? ''}`).join('; ');
  if (backend === null) return broken(`Sexton cannot use flock(2) here (${why}).`, fix);
  const words = `flock(2) through ${backend.name}, tested on a file of its own`;
  return rejected.length === 0 ? fine(words) : careful(`${words}. Not available: ${why}.`, 'npm rebuild koffi');
}

function holderFinding(state: LockState): Finding {
  switch (state.kind) {
    case 'free':
      return fine(`${state.path} is free. ${LOCK_NEVER_STALE}`);
    case 'held': {
      const holder = state.holder === null ? 'a process Sexton cannot see' : processWords(state.holder);
      const waiting = state.waiters.length === 0 ? '' : ` Waiting: ${state.waiters.map(processWords).join(', ')}.`;
      return fine(`${state.path} is held by ${holder}${inheritedWords(state)}.${waiting} ${LOCK_NEVER_STALE}`);
    }
    case 'unknown':
      return careful(`Sexton cannot see who holds ${state.path}.`, `lsof -- ${state.path}`);
  }
}
