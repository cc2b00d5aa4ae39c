import { isLiftable } from '../liftable.ts';
import { leastZombies, totalZombies } from '../severity.ts';
import type { RestartBot } from '../snapshot.ts';
import {
  awaitedBots,
  botKey,
  currentStep,
  followGuide,
  type GuideLook,
  guidedPorts,
  guidedSessions,
  settled,
} from './guide.ts';
import { type GuidePort, type GuideState, isFinished, type Moment } from './state.ts';

/** What the settings say of the starts that a person makes. */
export interface GuideCommands {
  gatewayStartCommand: string;
  startCommand: string;
}

/** Why a person may continue without proof: in each of these cases observation cannot tell. */
export type GoOn =
  | 'no-bots-known'
  | 'bots-not-ours'
  | 'restarted-early'
  | 'some-back'
  | 'no-answer-seen'
  | 'start-later';

/** May a person continue without proof now, and why? Null where observation can tell, so that no check can be skipped. */
export function goOnReason(state: GuideState, look: GuideLook, commands: GuideCommands): GoOn | null {
  const seen = guidedPorts(state, look);
  if (seen === null || isFinished(state)) return null;
  const ports = state.ports ?? [];
  switch (currentStep(state)) {
    case 1: {
      if (look.bots === null) return null;
      const running = awaitedBots(state, look.bots);
      if (running.length === 0) return 'no-bots-known';
      return running.some(isOffered) ? null : 'bots-not-ours';
    }
    case 2:
      return ports.every(({ status, early }) => status !== 'up' || early) ? 'restarted-early' : null;
    case 3:
      return null;
    case 4:
      return ports.some(({ status }) => status === 'back') ? 'some-back' : null;
    case 5: {
      if (look.sessions === null || leastZombies({ ports: seen }) > 0) return null;
      const sessions = guidedSessions(look.sessions, seen);
      if (sessions.length === 0) return commands.startCommand === '' ? 'start-later' : null;
      // What a Gateway behind a forwarder holds may never be seen: then only the person can tell.
      const unknown = totalZombies(seen) === null;
      return unknown || sessions.every((session) => session.answered === null) ? 'no-answer-seen' : null;
    }
  }
}

/** May this bot be stopped, at least when a person includes it? */
export function isOffered({ verdict }: RestartBot): boolean {
  return verdict.kind === 'cleanable' || isLiftable(verdict);
}

/** The guided restart after a person chose to continue; unchanged where that was not offered. */
export function goOn(state: GuideState, look: GuideLook, commands: GuideCommands, now: Moment): GuideState {
  const reason = goOnReason(state, look, commands);
  const ports = state.ports ?? [];
  switch (reason) {
    case null:
      return state;
    case 'no-bots-known':
      return followGuide({ ...state, wentOn: true }, look, { ...now, passedMs: 0 });
    case 'bots-not-ours': {
      const left = awaitedBots(state, look.bots).map(({ process }) => botKey(process));
      const leftRunning = [...state.leftRunning, ...left].slice(-500);
      return followGuide({ ...state, wentOn: true, leftRunning }, look, { ...now, passedMs: 0 });
    }
    case 'restarted-early': {
      const accepted = ports.map((port): GuidePort => (port.early ? { ...port, status: 'back', cleared: true } : port));
      return followGuide({ ...state, ports: accepted }, look, { ...now, passedMs: 0 });
    }
    case 'some-back':
      return followGuide({ ...state, anyPort: true }, look, { ...now, passedMs: 0 });
    case 'no-answer-seen':
    case 'start-later':
      return settled(state, [true, true, true, true, true], now);
  }
}
