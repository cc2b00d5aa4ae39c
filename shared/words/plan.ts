import type { PlanError, PlanRefusal, PlanTarget } from '../plan.ts';
import { counted } from './format.ts';
import { verdictBadge } from './verdict.ts';

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
