import type { PlanError, PlanRefusal, PlanTarget } from '../plan.ts';
import type { BreakerState, LockState, RestartStep, ScanState, Snapshot } from '../snapshot.ts';
import { counted, durationWords, inheritedWords, processWords, verdictBadge } from './common.ts';

/** What stands in the place of a number that is not known. Unknown is never drawn as 0. */
export const UNKNOWN = '–';

/** The figures of a count, or the dash of an unknown one. */
export function countWords(count: number | null): string {
  return count === null ? UNKNOWN : String(count);
}

/** True until the kernel's table was read for the first time. */
export function neverLooked(scan: Pick<ScanState, 'at'>): boolean {
  return Date.parse(scan.at) <= 0;
}

/** The time since an instant: "now", "2 s ago", "3 h 5 min ago". */
export function agoWords(at: string, now: number): string {
  const age = now - Date.parse(at);
  return age < 1_000 ? 'just now' : `${durationWords(age)} ago`;
}

/** The time left as minutes and seconds: "0:42"; never below "0:00". */
export function countdownWords(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** The footer's word on the last look: "Checked 2 s ago · 4 ms", or how old the last good one is. */
export function checkedWords(scan: ScanState, now: number): string {
  if (neverLooked(scan)) return scan.kind === 'failed' ? 'No good look yet' : 'Not checked yet';
  if (scan.kind === 'failed') return `Last good look ${agoWords(scan.at, now)}`;
  if (scan.kind === 'stale') return `Last look ${agoWords(scan.at, now)}`;
  return `Checked ${agoWords(scan.at, now)} · ${lookWords(scan.durationMs)}`;
}

/** How long a look took: "4 ms", "5.0 s". */
function lookWords(durationMs: number): string {
  return durationMs < 1_000 ? `${Math.max(1, Math.round(durationMs))} ms` : `${(durationMs / 1_000).toFixed(1)} s`;
}

/** The state of a breaker in one line below its pips. */
export function breakerSentence(breaker: BreakerState, now: number): string {
  switch (breaker.state) {
    case 'unused':
      return 'Counts failed connects of sexton guard';
    case 'closed':
      return `${breaker.failures} of ${counted(breaker.threshold, 'failure')}`;
    case 'open':
      return breaker.retryAt === null
        ? 'No connects for now'
        : `Tries again in ${countdownWords(Date.parse(breaker.retryAt) - now)}`;
    case 'half_open':
      return `Lets one connect through to try · ${counted(breaker.successes, 'success', 'successes')} so far`;
    case 'held':
      return 'No guarded bot connects until you reset it';
  }
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

/** Why there is no plan, in words for the review sheet. */
export function planErrorWords(error: PlanError): { title: string; text: string } {
  switch (error.code) {
    case 'cannot-see':
      return { title: 'Sexton cannot see', text: `Nothing is stopped that cannot be seen. ${error.hint}` };
    case 'busy':
      return { title: 'A clean is under way', text: 'Only one at a time. Wait for it to finish, then look again.' };
    case 'plan-expired':
    case 'plan-unknown':
      return { title: 'That list was too old', text: 'Nothing was stopped. Look again to make a new one.' };
  }
}

/** The badge of a process that a plan leaves alone. */
export function refusalBadge({ reason }: Pick<PlanRefusal, 'reason'>): string {
  return reason === 'frees-nothing' ? 'Frees nothing' : verdictBadge({ kind: 'protected', reason });
}

/** What including a refused bot brings about, for the person who must confirm it apart. */
export function includeWarning({
  process,
  sessions,
  text,
}: Pick<PlanRefusal, 'process' | 'sessions' | 'text'>): string {
  if (sessions === 0) return text;
  const ends = `Stopping ${process.name} ends its ${counted(sessions, 'live session')}.`;
  return `${text} ${ends} ${gatewaySideWarning(sessions)}`;
}

/** What else ends with a target: "Also listens on 8888, 1 client." Empty when it serves nothing. */
export function servesWords({ serves }: Pick<PlanTarget, 'serves'>): string {
  if (serves === null) return 'Sexton cannot see what else it serves.';
  if (serves.length === 0) return '';
  return `Also listens on ${serves.map(({ port, clients }) => `${port}, ${counted(clients, 'client')}`).join('; ')}.`;
}

/** Why stopping live bots makes gateway-side connections, and how many. */
export function gatewaySideWarning(count: number): string {
  return `The Gateway does not close its end, so this adds ${counted(count, 'gateway-side connection')} that only a restart clears.`;
}

/** How a stopped process left: on the first polite signal, or forced. */
export function stoppedWords(signal: 'SIGTERM' | 'SIGKILL'): string {
  return signal === 'SIGTERM' ? 'Left when asked (SIGTERM)' : 'Forced after it did not leave (SIGKILL)';
}

/** The title of each step of the guided restart. */
export const STEP_TITLES: Readonly<Record<RestartStep, string>> = {
  1: 'Stop the bots',
  2: 'Quit the Gateway',
  3: 'Let the sockets clear',
  4: 'Start the Gateway and approve 2FA',
  5: 'Start the bots',
};

/** What a screen reader hears when the level or the count changes. */
export function announcement(level: string, count: number | null, sentence: string): string {
  const number = count === null ? 'Count unknown' : counted(count, 'zombie connection');
  return `${level}. ${number}. ${sentence}`;
}

/** How many ports are watched, for the footer. */
export function watchedWords(ports: Snapshot['ports']): string {
  return counted(ports.length, 'port');
}

/** The hour and minute of an instant on the reader's clock: "14:02". */
export function clockTime(at: string): string {
  return new Date(at).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}

/** The hour, minute and second of an instant on the reader's clock: "14:02:31". */
export function clockTimeExact(at: string): string {
  return new Date(at).toLocaleTimeString(undefined, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
}

/** The weekday, hour and minute of an instant on the reader's clock: "Sat 14:02". */
export function dayTime(at: string): string {
  return `${new Date(at).toLocaleDateString(undefined, { weekday: 'short' })} ${clockTime(at)}`;
}
