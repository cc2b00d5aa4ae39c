import type { PortState, ProcessRef, RestartBot, RestartStep } from '../snapshot.ts';
import { choosePorts, followPort } from './gateway.ts';
import { type GuideNotice, type GuidePort, type GuideState, isFinished, type Moment } from './state.ts';

/** What one scan tells the guided restart. */
export interface GuideLook {
  ports: readonly PortState[];
  /** The listed bots that run; null when the processes could not be read. */
  bots: readonly RestartBot[] | null;
  /** Processes that no list names and that have sessions on the ports, as far as they could be seen. */
  strangers: readonly ProcessRef[];
  /** Established sessions; `answered` is null where the system does not say. Null when they could not be read. */
  sessions: readonly { port: number; answered: boolean | null }[] | null;
}

/** The step the guide is at: the first that is not done; once the Gateway is back, only the bots are left. */
export function currentStep({ steps }: Pick<GuideState, 'steps'>): RestartStep {
  if (steps[3]?.done) return 5;
  const at = steps.findIndex(({ done }) => !done);
  return STEPS[at] ?? 5;
}

/** The steps in order. */
export const STEPS: readonly RestartStep[] = [1, 2, 3, 4, 5];

/** The lines of the guide's own ports; null while one of them is not known, for then nothing can be concluded. */
export function guidedPorts(state: Pick<GuideState, 'ports'>, look: Pick<GuideLook, 'ports'>): PortState[] | null {
  const seen = (state.ports ?? []).flatMap(({ port }) => look.ports.find((one) => one.port === port) ?? []);
  const known = seen.length === state.ports?.length && seen.every(({ listening }) => listening !== null);
  return known ? seen : null;
}

/** The bots the guide waits for: those that run and that no person chose to go on without. */
export function awaitedBots({ leftRunning }: Pick<GuideState, 'leftRunning'>, bots: GuideLook['bots']): RestartBot[] {
  return (bots ?? []).filter(({ process }) => !leftRunning.includes(botKey(process)));
}

/** Identifies a bot across scans. */
export function botKey({ pid, startedAt }: ProcessRef): string {
  return `${pid} ${startedAt}`;
}

/**
 * The guided restart after one more scan: each step is completed, or reverted, by what is seen. A scan that does not know the
 * guide's ports changes nothing.
 */
export function followGuide(state: GuideState, look: GuideLook, now: Moment): GuideState {
  if (isFinished(state)) return state;
  const begun = state.ports === null ? withPorts(state, look) : state;
  const seen = guidedPorts(begun, look);
  if (begun.ports === null || seen === null) return state;
  const followed = begun.ports.flatMap((port) => {
    const line = seen.find((one) => one.port === port.port);
    return line ? [followPort(port, line, now.passedMs)] : [];
  });
  const ports = followed.map(({ port }) => port);
  const news = followed.map(({ notice }) => notice).find((notice) => notice !== null) ?? null;
  const gatewayAt = { ...begun, ports, notice: news ?? begun.notice, seenAt: isoTime(now) };
  const isBack = backDone(gatewayAt);
  const botsAt = isBack ? gatewayAt : withBots(gatewayAt, look);
  const done = [
    isBack || botsDone(botsAt, look, seen),
    ports.every(({ status }) => status !== 'up'),
    ports.every(({ status, cleared }) => cleared || status === 'back'),
    isBack,
    isBack && answered(look, seen),
  ];
  return settled(botsAt, isBack ? [true, true, true, true, done[4] === true] : done, now);
}

function withPorts(state: GuideState, { ports }: GuideLook): GuideState {
  if (ports.length === 0 || ports.some(({ listening }) => listening === null)) return state;
  return { ...state, ...choosePorts(ports) };
}

/** Records the bots that run: whether there were any, and whether they came back after all had been stopped. */
function withBots(state: GuideState, { bots }: GuideLook): GuideState {
  const running = awaitedBots(state, bots);
  if (running.length === 0) return state;
  const back: GuideNotice | null = state.steps[0]?.done
    ? { kind: 'bots-back', names: running.map(({ process }) => process.name).slice(0, 50) }
    : null;
  return { ...state, botsFound: true, wentOn: false, notice: back ?? state.notice };
}

/**
 * No listed bot runs. If none ever did while somebody has sessions on the port, those may be bots under other names, which only a
 * person knows. What cannot be read changes nothing.
 */
function botsDone(state: GuideState, { bots }: GuideLook, seen: readonly PortState[]): boolean {
  if (bots === null) return state.steps[0]?.done === true;
  if (awaitedBots(state, bots).length > 0) return false;
  return state.botsFound || state.wentOn || state.steps[0]?.done === true || openSessions(seen) === 0;
}

/** Sessions on the guide's ports. */
export function openSessions(seen: readonly PortState[]): number {
  return seen.reduce((sum, { established }) => sum + (established ?? 0), 0);
}

function backDone({ ports, anyPort }: GuideState): boolean {
  const back = (port: GuidePort) => port.status === 'back';
  return ports !== null && (anyPort ? ports.some(back) : ports.every(back));
}

/** A session is answered, and no zombie came with it. */
function answered({ sessions }: GuideLook, seen: readonly PortState[]): boolean {
  const clean = seen.every(({ zombies, closing }) => zombies.total === 0 && closing === 0);
  return clean && guidedSessions(sessions, seen).some((session) => session.answered === true);
}

/** The established sessions on the guide's ports. */
export function guidedSessions(sessions: GuideLook['sessions'], seen: readonly PortState[]) {
  return (sessions ?? []).filter(({ port }) => seen.some((one) => one.port === port));
}

/** Writes down which steps are done now. A notice has served when the step that it led back to is done again. */
export function settled(state: GuideState, done: readonly boolean[], now: Moment): GuideState {
  const at = isoTime(now);
  const steps = state.steps.map((step, index) => {
    const isDone = done[index] === true;
    return isDone === step.done ? step : { done: isDone, at: isDone ? at : null };
  });
  const moved = steps.some((step, index) => step !== state.steps[index]);
  const notice = state.notice !== null && steps[returnedTo(state.notice) - 1]?.done ? null : state.notice;
  return { ...state, steps, notice, progressAt: moved ? at : state.progressAt };
}

function returnedTo({ kind }: GuideNotice): RestartStep {
  switch (kind) {
    case 'bots-back':
      return 1;
    case 'early':
    case 'zombies':
      return 2;
    case 'gone-again':
      return 4;
  }
}

function isoTime({ wall }: Moment): string {
  return new Date(wall).toISOString();
}
