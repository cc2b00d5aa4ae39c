import type { AlertChange } from '../../shared/advice/alerts.ts';
import type { FieldError } from '../../shared/bridge/bridge.ts';
import type { HistoryRange, HistoryView } from '../../shared/history.ts';
import type { Plan, PlanError } from '../../shared/plan.ts';
import type { Result } from '../../shared/result.ts';
import type { Settings } from '../../shared/settings/settings.ts';
import type { CleanedBy, CleanResult, Snapshot } from '../../shared/snapshot.ts';
import type { Coverage } from './clean/planner.ts';
import type { FileError } from './record/files/file-error.ts';

/** What to plan for. */
export interface PlanRequest {
  /** `zombies`: owners of zombies. `restart`: the bots of the guided restart's first step, with or without zombies. */
  purpose: 'zombies' | 'restart';
  /** Only zombies on these ports are targets; all watched ports when absent. Never narrows what is protected. */
  ports?: readonly number[];
  /**
   * Processes that a person included although they may be in use, by pid (terminal) or by the id of a plan's refusal
   * (panel).
   */
  includeLive: readonly (number | string)[];
  graceMs?: number;
  /** Limits the targets to what a policy covers (automatic cleaning, `sexton guard`); all owners of zombies when absent. */
  covers?: Coverage;
}

/** The engine as shell and terminal see it: snapshots out, a few commands in. */
export interface Engine {
  snapshot(): Snapshot;
  /** Calls the listener with every published change; returns a function that removes it. */
  subscribe(listener: (next: Snapshot, previous: Snapshot) => void): () => void;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Scans now; overlapping calls share one scan. */
  scan(): Promise<Snapshot>;
  plan(request: PlanRequest): Promise<Result<Plan, PlanError>>;
  clean(planId: string, by: CleanedBy): Promise<Result<CleanResult, PlanError>>;
  resetBreaker(): Promise<void>;
  holdBreaker(): Promise<void>;
  settings(): Settings;
  setSettings(patch: Readonly<Record<string, unknown>>): Promise<Result<Settings, FieldError[]>>;
  subscribeSettings(listener: (settings: Settings) => void): () => void;
  startRestart(): Promise<void>;
  advanceRestart(): Promise<void>;
  cancelRestart(): Promise<void>;
  history(range: HistoryRange): Promise<HistoryView>;
  /** Pauses for that long; 0 resumes. Returns the end of the pause, ISO 8601; `null` when not paused. */
  pause(durationMs: number): Promise<Result<string | null, FileError>>;
  /** Journals what the alert policy decided. */
  noteAlerts(changes: readonly AlertChange[]): void;
  /** Sets what the scan interval depends on: the panel's state and the machine's power. */
  setAttention(attention: { panelOpen?: boolean; onBattery?: boolean; asleep?: boolean }): void;
}
