import { type GuideCommands, goOn } from '../../../shared/restart/go-on.ts';
import { currentStep, followGuide, type GuideLook, STEPS } from '../../../shared/restart/guide.ts';
import type { IbcFacts } from '../../../shared/restart/help.ts';
import { beginGuide, type GuideState, isFinished, isOver, type Moment } from '../../../shared/restart/state.ts';
import { guideView } from '../../../shared/restart/view.ts';
import type { Settings } from '../../../shared/settings/settings.ts';
import type { RestartState, RestartStep, Snapshot } from '../../../shared/snapshot.ts';
import { globMatcher, isScriptListed } from '../clean/bot-list.ts';
import type { Proof } from '../clean/proof.ts';
import type { Session } from '../observe/sessions.ts';
import type { Platform, ProcessRecord } from '../platform/types.ts';
import type { StatePlace } from '../record/files/state-file.ts';
import { restartEvent } from '../record/journal/entries.ts';
import type { Journal } from '../record/journal/journal.ts';
import { serial } from '../serial.ts';
import { type Runners, readRunners } from './bots.ts';
import { openGuideFile } from './guide-file.ts';
import { readIbc } from './ibc.ts';
import { Sightings } from './seen-bots.ts';

/** A running guide is saved at least this often, so that after a restart of the app the unobserved time is known. */
const WRITE_EVERY_MS = 5_000;
/** How often a step is tried again because another program changed the guide at the same moment. */
const MAX_TRIES = 3;
/** How long IBC's settings are used before they are read again. */
const IBC_FRESH_MS = 10_000;

export interface GuideParts {
  platform: Platform;
  clock: { /** Monotonic ms. */ now(): number /** Wall time in ms since the epoch. */; wall(): number };
  settings: () => Settings;
  journal: Pick<Journal, 'append'>;
  /** Where the guide is kept. */
  file: StatePlace;
  /** Where the record of seen bots is kept. */
  seenBots: StatePlace;
  /** The user's home directory, where IBC keeps its settings. */
  home: string;
}

/** The guided restart, driven by every scan. Calls are processed one at a time. */
export interface RestartGuide {
  /**
   * Updates the guide from a scan and returns the state to show. `proof`, if available, tells which bots are on the
   * watched ports.
   */
  observe(snapshot: Snapshot, sessions: readonly Session[] | null, proof?: Proof | null): Promise<RestartState | null>;
  /** Starts a guide, or continues the running one. */
  start(snapshot: Snapshot): Promise<RestartState | null>;
  /** Advances because a person says so, only where observation cannot tell. */
  advance(snapshot: Snapshot): Promise<RestartState | null>;
  cancel(): Promise<void>;
  /** Is this a bot that the first step stops: on restartBotPatterns, and seen on a watched port within 24 h? */
  isBot(process: ProcessRecord): boolean;
}

/** Creates the guide for a state directory and continues one that was running there. */
export function createGuide(parts: GuideParts): RestartGuide {
  const { platform, clock, settings } = parts;
  const file = openGuideFile(parts.file, () => new Date(clock.wall()));
  const sightings = new Sightings(parts.seenBots, clock.wall);
  let state: GuideState | null = null;
  let sessions: readonly Session[] | null = null;
  /** Monotonic time of the last scan that counted; null when that was in another run or another program. */
  let lookedAt: number | null = null;
  let writtenAt = Number.NEGATIVE_INFINITY;
  let ibc: { facts: IbcFacts; readAt: number } | null = null;
  const inTurn = serial();

  const isBot = (process: ProcessRecord): boolean => {
    const onList = globMatcher(settings().restartBotPatterns);
    return isScriptListed(process, onList) && sightings.knows(process);
  };

  /** Reloads the state that app and commands share: another process may have started, advanced or cancelled the guide. */
  async function refresh(): Promise<void> {
    await sightings.refresh();
    const kept = await file.readIfChanged();
    if (kept !== 'unchanged') {
      state = kept;
      lookedAt = null;
    }
    if (state !== null && isOver(state, clock.wall())) await close();
  }

  async function close(): Promise<void> {
    if (state !== null && !isFinished(state)) note('restart_cancelled', currentStep(state));
    state = null;
    lookedAt = null;
    await file.remove();
  }

  /** Journals a step; the guide continues without a journal too. */
  function note(event: Parameters<typeof restartEvent>[1], step: RestartStep): void {
    void parts.journal.append(restartEvent(new Date(clock.wall()).toISOString(), event, step));
  }

  function noteSteps(before: GuideState, next: GuideState): void {
    for (const step of STEPS) {
      const [was, is] = [before.steps[step - 1]?.done, next.steps[step - 1]?.done];
      if (was !== is) note(is ? 'restart_step_done' : 'restart_step_undone', step);
    }
    if (isFinished(next) && !isFinished(before)) note('restart_finished', 5);
  }

  function moment({ seenAt }: GuideState): Moment {
    const wall = clock.wall();
    // Without an earlier scan in this process only wall time is left; a clock set back must not make anything younger.
    const passedMs = lookedAt === null ? wall - Date.parse(seenAt) : clock.now() - lookedAt;
    return { wall, passedMs: Math.max(0, passedMs) };
  }

  async function lookFor(now: GuideState, { ports }: Snapshot): Promise<GuideLook> {
    const runners = isFinished(now) || now.steps[3]?.done ? NOBODY : await runnersFor(now, ports);
    return { ports, ...runners, sessions };
  }

  async function runnersFor(now: GuideState, ports: Snapshot['ports']): Promise<Runners> {
    const open = ports.some(({ established }) => (established ?? 0) > 0);
    return readRunners({
      platform,
      isBot,
      botNames: settings().botNames,
      ports: [...ports, ...settings().ports].map(({ port }) => port),
      strangers: open && currentStep(now) === 1 && !now.botsFound,
    });
  }

  /** Adopts the state after a scan and saves it; `false` when another program has changed the guide meanwhile. */
  async function take(next: GuideState, before: GuideState): Promise<boolean> {
    const moved = next.progressAt !== before.progressAt || next.notice !== before.notice || before.ports === null;
    if (moved || (next !== before && clock.now() - writtenAt >= WRITE_EVERY_MS)) {
      if (!(await file.write(next))) return false;
      writtenAt = clock.now();
    }
    if (next.seenAt !== before.seenAt) lookedAt = clock.now();
    state = next;
    noteSteps(before, next);
    return true;
  }

  async function view(look: GuideLook): Promise<RestartState | null> {
    if (state === null) return null;
    const wall = clock.wall();
    const sunday = new Date(wall).getDay() === 0;
    return guideView(state, look, { commands: commands(), ibc: await ibcFacts(look), sunday, wall });
  }

  function commands(): GuideCommands {
    const { gatewayStartCommand, startCommand } = settings();
    return { gatewayStartCommand, startCommand };
  }

  async function ibcFacts({ ports }: GuideLook): Promise<IbcFacts> {
    if (ibc === null || clock.now() - ibc.readAt >= IBC_FRESH_MS) {
      const lines = ports.flatMap(({ gateway }) => (gateway ? [gateway.commandLine] : []));
      ibc = { facts: await readIbc(parts.home, lines), readAt: clock.now() };
    }
    return ibc.facts;
  }

  function follow(snapshot: Snapshot): Promise<RestartState | null> {
    return goOnFrom(snapshot, (before, look) => followGuide(before, look, moment(before)));
  }

  /** One step of the guide. If another program takes one at the same moment, this one is taken from there. */
  async function goOnFrom(
    snapshot: Snapshot,
    step: (before: GuideState, look: GuideLook) => GuideState,
  ): Promise<RestartState | null> {
    for (let tries = 1; state !== null; tries++) {
      const before = state;
      const look = await lookFor(before, snapshot);
      if ((await take(step(before, look), before)) || tries === MAX_TRIES) return view(look);
      await refresh();
    }
    return null;
  }

  return {
    observe: (snapshot, seen, proof = null) =>
      inTurn(async () => {
        sessions = seen;
        if (proof !== null) await sightings.see(proof);
        await refresh();
        return follow(snapshot);
      }),
    start: (snapshot) =>
      inTurn(async () => {
        await refresh();
        if (state === null || isFinished(state)) {
          const begun = beginGuide(clock.wall());
          if (await file.write(begun)) {
            state = begun;
            lookedAt = clock.now();
            note('restart_started', 1);
          } else await refresh();
        }
        return follow(snapshot);
      }),
    advance: (snapshot) =>
      inTurn(async () => {
        await refresh();
        return goOnFrom(snapshot, (before, look) => goOn(before, look, commands(), moment(before)));
      }),
    cancel: () =>
      inTurn(async () => {
        await refresh();
        await close();
      }),
    isBot,
  };
}

const NOBODY: Runners = { bots: [], strangers: [] };
