import type { AdviceFacts } from '../../shared/advice/facts.ts';
import type { HistoryRange, HistoryView } from '../../shared/history.ts';
import type { Settings, WatchedPort } from '../../shared/settings/settings.ts';
import type { Problem, Snapshot } from '../../shared/snapshot.ts';
import type { Clock } from './clock.ts';
import type { Platform } from './platform/types.ts';
import type { Journal } from './record/journal/journal.ts';
import type { PauseFile } from './record/pause.ts';
import type { SettingsFile } from './record/settings/file.ts';
import type { RestartGuide } from './restart/guide.ts';

/** The parts of a snapshot that other processes change too: read anew at every tick. */
export type Mirrored = Pick<Snapshot, 'lock' | 'breaker' | 'runnerBreaker' | 'totals' | 'paused'>;

/** Reads what the bots, the guards and other commands have changed. A part that cannot be read keeps its last value. */
export interface Mirrors {
  read(settings: Settings): Promise<Partial<Mirrored>>;
  /** What recent history adds to the advice. */
  facts(): AdviceFacts;
  /** What is wrong with Sexton's own files and those that the settings name; it spoils no count. */
  problems(): readonly Problem[];
}

/** A person's hand on the circuit breaker. */
export interface BreakerSwitch {
  reset(): Promise<void>;
  hold(): Promise<void>;
}

/** Keeps what was seen. */
export interface Recorder {
  /** Takes note of a look and writes what should be on disk by now: history, metrics. */
  tick(snapshot: Snapshot, settings: Settings): Promise<void>;
  view(range: HistoryRange): Promise<HistoryView>;
  /** What could not be written last time. */
  problems(): readonly Problem[];
  stop(): Promise<void>;
}

/** What an engine is made of. Everything with an effect comes in here, so that tests can put their own in its place. */
export interface EngineParts {
  platform: Platform;
  clock: Clock;
  settings: SettingsFile;
  journal: Journal;
  mirrors: Mirrors;
  breaker: BreakerSwitch;
  guide: RestartGuide;
  recorder: Recorder;
  pause: PauseFile;
  /** The ports to show and target; the settings' when `null`. */
  ports: readonly WatchedPort[] | null;
  /** `once` for one-shot looks and the start of a live view, `settled` for the running app. */
  counting: 'once' | 'settled';
  /** The app alone obeys a pause, cleans automatically and records its start and end; `watch` and one-shot commands do none of it. */
  app: boolean;
  /** Sexton's own version, for the journal. */
  version: string;
}
