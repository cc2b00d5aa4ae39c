import type { BreakerState, LockState, Snapshot } from '../../../shared/snapshot.ts';
import { BREAKER_WORDS, breakerSentence } from '../../../shared/words/breaker.ts';
import { LOCK_WORDS, lockSentence, waitersWords } from '../../../shared/words/lock.ts';
import { type Line, type Paper, paragraph } from '../screen/paint.ts';

/** A breaker in one line: its state, what that means now, its port if given, and the reason. */
export function breakerLine(title: string, breaker: BreakerState, now: Date, port: number | null = null): string {
  const where = port === null ? '' : ` · port ${port}`;
  const reason = breaker.reason === null ? '' : ` (${breaker.reason})`;
  return `${title}: ${BREAKER_WORDS[breaker.state]} · ${breakerSentence(breaker, now.getTime())}${where}${reason}`;
}

/** A lock first seen held just now may have been held for long, so how long is left out. */
function withoutFirstSight(lock: LockState, now: Date): LockState {
  const age = lock.since === null ? 0 : now.getTime() - Date.parse(lock.since);
  return age < 1_000 ? { ...lock, since: null } : lock;
}

/** The handshake lock in one line: who holds it, for how long, and who is waiting. */
export function lockLine(seen: LockState, now: Date): string {
  const lock = withoutFirstSight(seen, now);
  const waiting = waitersWords(lock);
  return `Handshake lock: ${LOCK_WORDS[lock.kind]} · ${lockSentence(lock, now.getTime())}${waiting === '' ? '' : ` · ${waiting}`}`;
}

/** Breaker, lock, guided restart and pause, each only while there is something to say. */
export function protectionLines(snapshot: Snapshot, paper: Pick<Paper, 'columns'>, now: Date): Line[] {
  const { breaker, runnerBreaker, lock, restart, paused } = snapshot;
  const lines: Line[] = [];
  if (breaker.state !== 'unused')
    lines.push(...paragraph(breakerLine('Circuit breaker', breaker, now), breakerTone(breaker), paper));
  if (runnerBreaker !== null && runnerBreaker.state !== 'unused') {
    lines.push(...paragraph(breakerLine("The bots' breaker", runnerBreaker, now), breakerTone(runnerBreaker), paper));
  }
  if (lock.kind === 'held') lines.push(...paragraph(lockLine(lock, now), 'plain', paper));
  if (restart !== null) {
    lines.push(...paragraph(`Guided restart: step ${restart.step} of 5, ${restart.waitingFor}`, 'accent', paper));
  }
  if (paused) lines.push(...paragraph('Watching is paused.', 'warning', paper));
  return lines;
}

/** How alarming a breaker's state is. */
export function breakerTone({ state }: BreakerState): 'critical' | 'warning' | 'quiet' {
  if (state === 'open') return 'critical';
  return state === 'closed' ? 'quiet' : 'warning';
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
      return `The circuit breakers' file ${path} was damaged and is now ${detail}; the breakers start fresh.`;
    case 'not-read':
      return `The circuit breakers' file ${path} cannot be read (${detail}); what other processes reported is unknown.`;
    case 'not-saved':
      return `The circuit breakers' file ${path} cannot be written (${detail}); other processes cannot see changes made here.`;
    case 'locked':
      return `The circuit breakers' file ${path} could not be locked (${detail}); other processes cannot see changes made here.`;
  }
}
