import type { Settings } from '../../../shared/settings/settings.ts';
import type { Clock } from '../clock.ts';
import { systemClock } from '../clock.ts';
import type { Scan } from '../core/watcher.ts';
import type { Platform } from '../platform/types.ts';
import { Cast } from './cast.ts';
import {
  clean,
  judgeAccepted,
  judgeClean,
  judgeCount,
  judgeJournal,
  judgeOwners,
  judgeRefusals,
  judgeSessions,
  judgeVerdict,
  makeZombies,
  startBots,
} from './clean-trials.ts';
import { setLockStage, tryDeath, tryExclusion, tryNaming } from './lock-trials.ts';
import { must, setStage, TrialFailure } from './stage.ts';

/** One claim that was tested on this machine. */
export interface Trial {
  title: string;
  ok: boolean;
  /** What was found, or how it differs from what was expected. */
  detail: string;
  durationMs: number;
}

export interface SelftestReport {
  ok: boolean;
  trials: Trial[];
  durationMs: number;
  /** The back-end of the handshake lock on this machine. */
  lockBackend: string;
}

export interface SelftestParts {
  platform: Platform;
  /** The user's settings: their ports stay protected and the selftest never uses them. */
  settings: Settings;
  /** Starts one of the selftest's own processes when its folder is appended: this same program. */
  command: readonly string[];
  /** Called with each trial as it ends. */
  onTrial: (trial: Trial) => void;
  clock?: Clock;
}

/**
 * Makes zombies, a live session, a bot that ignores SIGTERM and a lock holder from its own child processes on a spare loopback port,
 * and proves that Sexton handles them on this machine. It never touches the user's ports, bots and lock, and leaves nothing behind.
 */
export async function runSelftest(parts: SelftestParts): Promise<SelftestReport> {
  const { platform, settings, command, clock = systemClock } = parts;
  const began = clock.now();
  const run = new Run(parts.onTrial, clock);
  const cast = await Cast.open(command);
  try {
    await playCleaning(run, cast, platform, settings);
    await playLock(run, cast, platform);
  } finally {
    await run.attempt('Leaves nothing', async () => {
      await cast.close();
      return 'Its processes have ended and its files are gone.';
    });
  }
  const { backend } = await platform.flock.prove();
  const { trials } = run;
  const durationMs = Math.round(clock.now() - began);
  return { ok: trials.every(({ ok }) => ok), trials, durationMs, lockBackend: backend?.name ?? 'none' };
}

async function playCleaning(run: Run, cast: Cast, platform: Platform, settings: Settings): Promise<void> {
  const stage = await run.prepare('Starts', async () => must(await setStage(cast, platform, settings), NOT_STARTED));
  if (stage === null) return;
  const started = await run.prepare('Starts', () => startBots(stage));
  if (started === null) return;
  const { bots } = started;
  const scanMs = (scan: Scan) => scan.parts.scan.durationMs;
  await run.attempt('Sees sessions', async () => judgeSessions(started.live, stage), scanMs(started.live));
  const seen = await run.prepare('Makes zombies', () => makeZombies(stage, bots, started.left));
  if (seen === null) return;
  await run.attempt('Counts zombies', async () => judgeCount(seen), scanMs(seen));
  await run.attempt('Finds owners', async () => judgeOwners(seen, stage, bots));
  await run.attempt('Refuses', async () => judgeRefusals(seen, stage, bots, platform.self.pid));
  const result = await run.prepare('Cleans', () => clean(stage));
  if (result === null) return;
  await run.attempt('Cleans', async () => judgeClean(result, bots), result.durationMs);
  await run.attempt('Verifies', async () => judgeVerdict(result, await stage.scan(), stage, bots));
  await run.attempt('Records', () => judgeJournal(stage, bots));
  await run.attempt('Never connects', () => judgeAccepted(stage));
}

async function playLock(run: Run, cast: Cast, platform: Platform): Promise<void> {
  const stage = await run.prepare('Starts', () => setLockStage(cast, platform));
  if (stage === null) return;
  await run.attempt('Locks', () => tryExclusion(stage));
  await run.attempt('Names the holder', () => tryNaming(stage));
  await run.attempt('Frees a dead lock', () => tryDeath(stage));
}

const NOT_STARTED = 'The pretend Gateway could not be started, or no spare port was found.';

/** Runs the trials of one selftest in order. */
class Run {
  readonly trials: Trial[] = [];
  readonly #onTrial: (trial: Trial) => void;
  readonly #clock: Clock;

  constructor(onTrial: (trial: Trial) => void, clock: Clock) {
    this.#onTrial = onTrial;
    this.#clock = clock;
  }

  /** Runs a trial and records its result, or why it failed. `durationMs` replaces the trial's own duration. */
  async attempt(title: string, work: () => Promise<string>, durationMs?: number): Promise<void> {
    const began = this.#clock.now();
    const [ok, detail] = await work().then(
      (words) => [true, words] as const,
      (thrown: unknown) => [false, reasonOf(thrown)] as const,
    );
    this.#note({ title, ok, detail, durationMs: durationMs ?? Math.round(this.#clock.now() - began) });
  }

  /** Prepares what later trials need. Only a failure is recorded as a trial, and it skips the trials that follow. */
  async prepare<Value>(title: string, work: () => Promise<Value>): Promise<Value | null> {
    const began = this.#clock.now();
    try {
      return await work();
    } catch (thrown) {
      const durationMs = Math.round(this.#clock.now() - began);
      this.#note({ title, ok: false, detail: reasonOf(thrown), durationMs });
      return null;
    }
  }

  #note(trial: Trial): void {
    this.trials.push(trial);
    this.#onTrial(trial);
  }
}

function reasonOf(thrown: unknown): string {
  if (thrown instanceof TrialFailure) return thrown.message;
  return `Unexpected error: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
}
