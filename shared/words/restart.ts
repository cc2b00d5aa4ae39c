import { isLiftable } from '../liftable.ts';
import { socketsOn } from '../restart/gateway.ts';
import { type GoOn, isOffered } from '../restart/go-on.ts';
import {
  awaitedBots,
  currentStep,
  type GuideLook,
  guidedPorts,
  guidedSessions,
  openSessions,
} from '../restart/guide.ts';
import { CLEAR_WAIT_MS, type GuideNotice, type GuideState, isFinished } from '../restart/state.ts';
import { totalZombies } from '../severity.ts';
import type { PortState, RestartBot, RestartStep } from '../snapshot.ts';
import { counted, durationWords, listWords, processWords } from './format.ts';
import { gatewayName, lowerThe } from './snapshot.ts';
import { verdictSentence } from './verdict.ts';

/** How long a start of the Gateway with 2FA usually takes at the most, in ms (FACTS: 60-240 s). */
export const LONGEST_START_MS = 240_000;

/** The label of the button that continues where observation cannot tell. */
export const GO_ON_WORDS: Readonly<Record<GoOn, string>> = {
  'no-bots-known': 'No bots are running',
  'bots-not-ours': 'Continue without them',
  'restarted-early': 'It was restarted, continue',
  'some-back': 'Continue with what is back',
  'no-answer-seen': 'The bots are connected',
  'start-later': 'Start the bots later',
};

/** What was reverted, in a sentence or two. */
export function noticeWords(notice: GuideNotice): string {
  switch (notice.kind) {
    case 'bots-back':
      return `${listWords(notice.names)} ${notice.names.length === 1 ? 'runs' : 'run'} again. A supervisor, launchd or cron may be restarting them.`;
    case 'early': {
      const when = `The Gateway listens on ${notice.port} again after ${durationWords(notice.afterMs)}, before the 30 s wait was over.`;
      return notice.replaced === false
        ? `${when} It is the same process, so it was not restarted.`
        : `${when} Quit it again, or continue if IBC restarted it.`;
    }
    case 'zombies':
      return `The Gateway came back on ${notice.port} and already holds ${counted(notice.zombies, 'zombie connection')}. Stop whatever connects to it, then quit it again.`;
    case 'gone-again':
      return `The Gateway on ${notice.port} stopped listening again before it answered a bot.`;
  }
}

/** What the step that the guide is at waits for, with its live numbers. */
export function waitingWords(state: GuideState, look: GuideLook): string {
  if (isFinished(state)) return 'Done: the Gateway is back and the bots are connected.';
  const seen = guidedPorts(state, look);
  if (seen === null) return 'Sexton cannot see the ports right now. It waits until it can.';
  switch (currentStep(state)) {
    case 1:
      return botsWords(state, look, seen);
    case 2:
      return quitWords(state, seen);
    case 3:
      return clearWords(state, seen);
    case 4:
      return startWords(state);
    case 5:
      return answerWords(look, seen);
  }
}

function botsWords(state: GuideState, { bots, strangers }: GuideLook, seen: readonly PortState[]): string {
  if (bots === null) return 'Sexton cannot see which programs are running. It waits until it can.';
  const running = awaitedBots(state, bots);
  if (running.length === 0) {
    const by = strangers.length === 0 ? '' : `, held by ${listWords(strangers.map(processWords))}`;
    return `No listed bot is running, but ${openSessions(seen) === 1 ? 'a session is' : `${openSessions(seen)} sessions are`} open on the port${by}. Stop any bots among them, or continue.`;
  }
  const waiting = `Waiting for ${counted(running.length, 'bot')} to end: ${listWords(running.map(({ process }) => processWords(process)))}.`;
  return [waiting, sessionsPrice(running), ...protectedWords(running)].filter((part) => part !== '').join(' ');
}

/** How many gateway-side connections stopping live bots adds. */
function sessionsPrice(running: readonly RestartBot[]): string {
  const sessions = running.filter(isOffered).reduce((sum, bot) => sum + bot.sessions, 0);
  if (sessions === 0) return '';
  return `Stopping them ends ${counted(sessions, 'live session')} and adds as many gateway-side connections, which the restart clears.`;
}

function protectedWords(running: readonly RestartBot[]): string[] {
  return running.flatMap(({ process, verdict }) =>
    verdict.kind === 'cleanable' || isLiftable(verdict)
      ? []
      : [`Sexton cannot stop ${processWords(process)}: ${lowerFirst(verdictSentence(verdict))}`],
  );
}

function quitWords(state: GuideState, seen: readonly PortState[]): string {
  const up = (state.ports ?? []).filter(({ status }) => status === 'up').map(({ port }) => port);
  const here = seen.filter(({ port }) => up.includes(port));
  const held = totalZombies(here, 'gateway') ?? 0;
  const gain = held === 0 ? '' : ` The ${counted(held, 'zombie connection')} it holds will go with it.`;
  return `Waiting for ${lowerThe(gatewayName({ ports: here }))} to quit. It is still listening on ${listWords(up.map(String))}.${gain}`;
}

function clearWords(state: GuideState, seen: readonly PortState[]): string {
  const waits = (state.ports ?? []).filter(({ status, cleared }) => status === 'away' && !cleared);
  const awayMs = Math.min(...waits.map((port) => port.awayMs));
  const sockets = socketsLeft(state, seen);
  const left =
    sockets === null ? 'sockets unknown' : sockets === 0 ? 'no sockets left' : `${counted(sockets, 'socket')} left`;
  if (awayMs < CLEAR_WAIT_MS) return `${Math.floor(awayMs / 1_000)} s of ${CLEAR_WAIT_MS / 1_000} s · ${left}`;
  return `The 30 s are over · ${left}. The programs that hold them must close them. You can start the Gateway anyway.`;
}

/** Sockets still on the ports that wait; null when unknown. */
export function socketsLeft(state: GuideState, seen: readonly PortState[]): number | null {
  const waits = (state.ports ?? []).filter(({ status }) => status === 'away').map(({ port }) => port);
  const counts = seen.filter(({ port }) => waits.includes(port)).map(socketsOn);
  return counts.reduce((sum, count) => (sum === null || count === null ? null : sum + count), 0);
}

function startWords(state: GuideState): string {
  const missing = (state.ports ?? []).filter(({ status }) => status !== 'back').map(({ port }) => String(port));
  const where = state.anyPort ? missing.join(' or ') : listWords(missing);
  const passedMs = startingForMs(state);
  const late = passedMs > LONGEST_START_MS ? ' That is long: check whether it is waiting for a login or for 2FA.' : '';
  return `Waiting for the Gateway to listen on ${where}: ${Math.floor(passedMs / 1_000)} s so far; with 2FA, 60 to 240 s is normal.${late}`;
}

/** For how long a Gateway has been awaited since its port was free, in ms; the time asleep does not count. */
export function startingForMs({ ports }: GuideState): number {
  const away = (ports ?? []).filter(({ status }) => status === 'away').map(({ awayMs }) => awayMs);
  return away.length === 0 ? 0 : Math.max(0, Math.min(...away) - CLEAR_WAIT_MS);
}

function answerWords(look: GuideLook, seen: readonly PortState[]): string {
  const held = totalZombies(seen, 'gateway') ?? 0;
  if (held > 0) {
    return `${gatewayName({ ports: [...seen] })} already holds ${counted(held, 'zombie connection')}. Only another restart frees ${held === 1 ? 'it' : 'them'}: cancel the guided restart and start again.`;
  }
  const left = totalZombies(seen, 'client') ?? 0;
  if (left > 0) {
    return `${counted(left, 'zombie connection')} came with the bots. Waiting until ${left === 1 ? 'it is' : 'they are'} closed or cleaned.`;
  }
  if (look.sessions === null) return 'Waiting for the Gateway to answer a bot.';
  const sessions = guidedSessions(look.sessions, seen);
  if (sessions.length === 0) return 'Waiting for a bot to connect and for the Gateway to answer it.';
  const open = `${counted(sessions.length, 'session')} ${sessions.length === 1 ? 'is' : 'are'} open`;
  if (sessions.every(({ answered }) => answered === null)) {
    return `${open}. This system does not show whether the Gateway answers, so check the bots' own output.`;
  }
  return `${open}, but the Gateway has not answered any yet.`;
}

function lowerFirst(text: string): string {
  return `${text[0]?.toLowerCase() ?? ''}${text.slice(1)}`;
}

/** The title of each step of the guided restart. */
export const STEP_TITLES: Readonly<Record<RestartStep, string>> = {
  1: 'Stop the bots',
  2: 'Quit the Gateway',
  3: 'Wait for the sockets to clear',
  4: 'Start the Gateway and approve 2FA',
  5: 'Start the bots',
};
