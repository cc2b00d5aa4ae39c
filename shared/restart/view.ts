import type { RestartState } from '../snapshot.ts';
import {
  GO_ON_WORDS,
  LONGEST_START_MS,
  noticeWords,
  socketsLeft,
  startingForMs,
  waitingWords,
} from '../words/restart.ts';
import { type GuideCommands, goOnReason } from './go-on.ts';
import { awaitedBots, currentStep, type GuideLook, guidedPorts } from './guide.ts';
import { helpFor, type IbcFacts } from './help.ts';
import { CLEAR_WAIT_MS, type GuideState, isFinished } from './state.ts';

/** What the view needs besides state and look. */
export interface GuideFacts {
  commands: GuideCommands;
  ibc: IbcFacts;
  /** Is it Sunday where the user is? */
  sunday: boolean;
  /** Now, in ms since the epoch. */
  wall: number;
}

/** The guide as the snapshot shows it. */
export function guideView(state: GuideState, look: GuideLook, facts: GuideFacts): RestartState {
  const step = currentStep(state);
  const reason = goOnReason(state, look, facts.commands);
  const wait = waitOf(state, look, facts.wall);
  const help = helpFor(state, look, facts);
  const bots = step === 1 ? awaitedBots(state, look.bots) : [];
  return {
    step,
    startedAt: state.startedAt,
    waitingFor: waitingWords(state, look),
    steps: state.steps,
    ...(state.notice === null ? {} : { notice: noticeWords(state.notice) }),
    ...(reason === null ? {} : { goOn: GO_ON_WORDS[reason] }),
    ...(wait === null ? {} : { wait }),
    ...(bots.length === 0 ? {} : { bots }),
    ...(help.length === 0 ? {} : { help }),
  };
}

/** The clock of the third and the fourth step. */
function waitOf(state: GuideState, look: GuideLook, wall: number): NonNullable<RestartState['wait']> | null {
  const seen = guidedPorts(state, look);
  if (isFinished(state) || seen === null) return null;
  const sockets = socketsLeft(state, seen);
  const step = currentStep(state);
  if (step === 3) {
    const waits = (state.ports ?? []).filter(({ status, cleared }) => status === 'away' && !cleared);
    const awayMs = Math.min(...waits.map((port) => port.awayMs));
    return { since: new Date(wall - awayMs).toISOString(), durationMs: CLEAR_WAIT_MS, sockets };
  }
  if (step !== 4) return null;
  return { since: new Date(wall - startingForMs(state)).toISOString(), durationMs: LONGEST_START_MS, sockets };
}
