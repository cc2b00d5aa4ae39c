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

/** The text of an alert about a lasting condition, and the screen it opens. */
export function conditionText(condition: AlertCondition, snapshot: Snapshot): AlertText {
  switch (condition) {
    case 'gateway':
      return {
        title: snapshot.ports.some(({ jammed }) => jammed)
          ? `${gatewayName(snapshot)} has stopped answering`
          : `${gatewayName(snapshot)} needs a restart`,
        body: sentences(snapshot.advice.text, 'The guided restart takes you through it.'),
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
          'The count is unknown, and cleaning is off until Sexton can see again.',
        ),
        screen: 'home',
      };
  }
}

/** A condition that was raised or got worse, as the history shows it: "Warning: 7 zombie connections." */
export function alertRaisedText(condition: AlertCondition, severity: AlertSeverity, snapshot: Snapshot): string {
  return sentences(`${LEVEL_WORDS[severity]}: ${conditionText(condition, snapshot).title}`);
}

/** A condition that has cleared, as the history shows it. */
export function alertClearedText(condition: AlertCondition): string {
  switch (condition) {
    case 'gateway':
      return 'Resolved: the Gateway no longer needs a restart.';
    case 'breaker':
      return 'Resolved: no circuit breaker is open.';
    case 'zombies':
      return 'Resolved: zombie connections are back below the limit.';
    case 'blind':
      return 'Resolved: Sexton can see the connections again.';
  }
}

function breakerText({ breaker, runnerBreaker }: Snapshot): AlertText {
  const own = breaker.state === 'open' || breaker.state === 'half_open';
  const which = own ? breaker : (runnerBreaker ?? breaker);
  const why = which.reason ?? `${counted(which.failures, 'attempt')} to connect failed in a row.`;
  return {
    title: own ? 'The circuit breaker is open' : 'The bots’ own circuit breaker is open',
    body: sentences(why, 'New connection attempts have to wait.'),
    screen: 'home',
  };
}

/** The report about one bot that automatic cleaning stopped. */
export function autoCleanedText(stopped: StoppedProcess): AlertText {
  return {
    title: `Stopped ${processWords(stopped)}`,
    body: `Automatic cleaning ended it with ${stopped.signal}: it held zombie connections and had no live session.`,
    screen: 'home',
  };
}

/** The alert when everything has cleared. */
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
