import type { PlanError, PlanRefusal, PlanTarget } from '../plan.ts';
import { counted } from './format.ts';
import { verdictBadge } from './verdict.ts';

/** Why there is no plan, in words for the review sheet. */
export function planErrorWords(error: PlanError): { title: string; text: string } {
  switch (error.code) {
    case 'cannot-see':
      return { title: 'Sexton cannot see', text: `Sexton stops only what it can see. ${error.hint}` };
    case 'busy':
      return {
        title: 'A clean is already running',
        text: 'Only one can run at a time. Wait for it to finish, then scan again.',
      };
    case 'plan-expired':
    case 'plan-unknown':
      return { title: 'The list has expired', text: 'Nothing was stopped. Scan again for a new one.' };
  }
}

/** The badge of a process that a plan leaves alone. */
export function refusalBadge({ reason }: Pick<PlanRefusal, 'reason'>): string {
  return reason === 'frees-nothing' ? 'Frees nothing' : verdictBadge({ kind: 'protected', reason });
}

/** What happens if a refused bot is included, for the person who must confirm it. */
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

/** How a process was stopped: by SIGTERM, or by SIGKILL. */
export function stoppedWords(signal: 'SIGTERM' | 'SIGKILL'): string {
  return signal === 'SIGTERM' ? 'Stopped with SIGTERM' : 'Killed with SIGKILL after SIGTERM had no effect';
}
