import type { AlertCondition, AlertSeverity } from '../advice/conditions.ts';
import type { Screen } from '../bridge/bridge.ts';
import { leastZombies } from '../severity.ts';
import type { Snapshot, StoppedProcess } from '../snapshot.ts';
import { counted, processWords } from './format.ts';
import { gatewayName, headline, LEVEL_WORDS } from './snapshot.ts';

interface AlertText {
  title: string;
  body: string;
  screen: Screen;
}

/** What an alert about a lasting condition says, and where it leads. */
export function conditionText(condition: AlertCondition, snapshot: Snapshot): AlertText {
  switch (condition) {
    case 'gateway':
      return {
        title: snapshot.ports.some(({ jammed }) => jammed)
          ? `${gatewayName(snapshot)} has stopped answering`
          : `${gatewayName(snapshot)} needs a restart`,
        body: sentences(snapshot.advice.text, 'The guide leads through the restart.'),
        screen: 'restart',
      };
    case 'breaker':
      return breakerText(snapshot);
    case 'zombies': {
      const { main, detail } = headline(snapshot);
      return {
        title: counted(leastZombies(snapshot), 'zombie connection'),
        body: sentences(main, detail),
        screen: 'home',
      };
    }
    case 'blind':
      return {
        title: 'Sexton cannot see the connections',
        body: sentences(
          snapshot.scan.problems[0]?.hint ?? '',
          'The count is unknown, and cleaning is off until it can see.',
        ),
        screen: 'home',
      };
  }
}

/** A condition that was raised or got worse, as the record tells it: "Warning: 7 zombie connections." */
export function alertRaisedText(condition: AlertCondition, severity: AlertSeverity, snapshot: Snapshot): string {
  return sentences(`${LEVEL_WORDS[severity]}: ${conditionText(condition, snapshot).title}`);
}

/** A condition that is over, as the record tells it. */
export function alertClearedText(condition: AlertCondition): string {
  switch (condition) {
    case 'gateway':
      return 'Over: the Gateway no longer needs a restart.';
    case 'breaker':
      return 'Over: no circuit breaker is open any more.';
    case 'zombies':
      return 'Over: the zombie connections are no longer above the limit.';
    case 'blind':
      return 'Over: Sexton can see the connections again.';
  }
}

function breakerText({ breaker, runnerBreaker }: Snapshot): AlertText {
  const own = breaker.state === 'open' || breaker.state === 'half_open';
  const which = own ? breaker : (runnerBreaker ?? breaker);
  const why = which.reason ?? `${counted(which.failures, 'attempt')} to connect failed in a row.`;
  return {
    title: own ? 'The circuit breaker is open' : 'The bots’ own circuit breaker is open',
    body: sentences(why, 'New attempts to connect wait.'),
    screen: 'home',
  };
}

/** What the report of one bot that auto-clean has stopped says. */
export function autoCleanedText(stopped: StoppedProcess): AlertText {
  return {
    title: `Stopped ${processWords(stopped)}`,
    body: `Auto-clean ended it with ${stopped.signal}, because it kept zombie connections and had no live session.`,
    screen: 'home',
  };
}

/** What is said when every alarm is over. */
export function allClearText(snapshot: Snapshot): AlertText {
  const { main, detail } = headline(snapshot);
  return { title: 'All clear', body: sentences(main, detail), screen: 'home' };
}

function sentences(...parts: string[]): string {
  return parts
    .filter((part) => part !== '')
    .map((part) => (/[.!?]$/.test(part) ? part : `${part}.`))
    .join(' ');
}
