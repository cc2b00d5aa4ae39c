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

/** The parts of a snapshot that other processes change too: read again at every tick. */
export type Mirrored = Pick<Snapshot, 'lock' | 'breaker' | 'runnerBreaker' | 'totals' | 'paused'>;

/** Reads what bots, guards and other commands have changed. A part that cannot be read keeps its last value. */
export interface Mirrors {
  read(settings: Settings): Promise<Partial<Mirrored>>;
  /** What recent history contributes to the advice. */
  facts(): AdviceFacts;
  /** Problems with Sexton's own files and with those that the settings name; they do not affect any count. */
  problems(): readonly Problem[];
}

/** Manual control of the circuit breaker. */
export interface BreakerSwitch {
  reset(): Promise<void>;
  hold(): Promise<void>;
}

/** Records what was seen. */
export interface Recorder {
  /** Records a scan and writes what is due: history, metrics. */
  tick(snapshot: Snapshot, settings: Settings): Promise<void>;
  view(range: HistoryRange): Promise<HistoryView>;
  /** What could not be written last time. */
  problems(): readonly Problem[];
  stop(): Promise<void>;
}

/** The parts of an engine. Everything with an effect is passed in here, so that tests can replace it. */
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
  /** `once` for one-shot scans and the start of a live view, `settled` for the running app. */
  counting: 'once' | 'settled';
  /**
   * Only the app obeys a pause, runs automatic cleaning and journals its start and end; `watch` and one-shot commands
   * do not.
   */
  app: boolean;
  /** Sexton's own version, for the journal. */
  version: string;
}
