import type { AlertChange } from '../../shared/advice/alerts.ts';
import type { FieldError } from '../../shared/bridge/bridge.ts';
import type { HistoryRange, HistoryView } from '../../shared/history.ts';
import type { Plan, PlanError } from '../../shared/plan.ts';
import type { Result } from '../../shared/result.ts';
import type { Settings } from '../../shared/settings/settings.ts';
import type { CleanedBy, CleanResult, Snapshot } from '../../shared/snapshot.ts';
import type { Coverage } from './clean/planner.ts';
import type { FileError } from './record/files/file-error.ts';

/** What a plan should be made for. */
export interface PlanRequest {
  /** `zombies`: owners of zombies. `restart`: the bots of the guide's first step, with or without zombies. */
  purpose: 'zombies' | 'restart';
  /** Only zombies on these ports are targets; all watched ports when absent. Never narrows what is protected. */
  ports?: readonly number[];
  /** Processes that a person included although they may be in use, by pid (terminal) or by the id of a plan's refusal (panel). */
  includeLive: readonly (number | string)[];
  graceMs?: number;
  /** Leaves out whom a policy does not cover (automatic cleaning, `sexton guard`); all owners of zombies when absent. */
  covers?: Coverage;
}

/** The engine, as its hands (shell and terminal) know it: snapshots out, a few commands in. */
export interface Engine {
  snapshot(): Snapshot;
  /** Hears every published change; returns the removal of the listener. */
  subscribe(listener: (next: Snapshot, previous: Snapshot) => void): () => void;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** One look now; looks that overlap are one. */
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
  /** Quiet for that long; 0 resumes. Answers until when, ISO 8601; `null` when it is not quiet. */
  pause(durationMs: number): Promise<Result<string | null, FileError>>;
  /** Writes into the journal what the alert policy has decided. */
  noteAlerts(changes: readonly AlertChange[]): void;
  /** How eagerly to look: the panel's state and the machine's power. */
  setAttention(attention: { panelOpen?: boolean; onBattery?: boolean; asleep?: boolean }): void;
}
