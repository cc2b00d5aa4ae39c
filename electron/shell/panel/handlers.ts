import type { AppInfo, BridgeHandlers } from '../../../shared/bridge/bridge.ts';
import type { DoctorReport } from '../../../shared/doctor.ts';
import type { Engine } from '../../engine/api.ts';
import { fileErrorWords } from '../../engine/record/files/file-error.ts';

/** What the panel's calls reach, apart from the engine. */
export interface AppActions {
  info(): AppInfo;
  doctor(): DoctorReport | Promise<DoctorReport>;
  copy(text: string): void | Promise<void>;
  openLogs(): Promise<void>;
  openNotificationSettings(): Promise<void>;
  dismissWelcome(): Promise<void>;
  hide(): void;
  resize(height: number): void;
}

/** Answers every call of the contract: the engine's commands and the app's few actions, nothing else. */
export function createHandlers(engine: Engine, app: AppActions): BridgeHandlers {
  return {
    snapshot: { get: () => engine.snapshot() },
    clean: {
      plan: ({ includeLive }) => engine.plan({ purpose: 'zombies', includeLive }),
      confirm: ({ planId }) => engine.clean(planId, 'user'),
    },
    breaker: { reset: () => engine.resetBreaker(), hold: () => engine.holdBreaker() },
    restart: {
      start: () => engine.startRestart(),
      advance: () => engine.advanceRestart(),
      cancel: () => engine.cancelRestart(),
      plan: ({ includeLive }) => engine.plan({ purpose: 'restart', includeLive }),
    },
    settings: { get: () => engine.settings(), set: (patch) => engine.setSettings(patch) },
    history: { get: ({ range }) => engine.history(range) },
    app: {
      info: () => app.info(),
      doctor: () => app.doctor(),
      pause: ({ minutes }) => pause(engine, minutes * 60_000),
      copy: ({ text }) => app.copy(text),
      openLogs: () => app.openLogs(),
      openNotificationSettings: () => app.openNotificationSettings(),
      dismissWelcome: () => app.dismissWelcome(),
      hide: () => app.hide(),
      resize: ({ height }) => app.resize(height),
    },
  };
}

/** Pauses for that long, 0 resumes. Throws, for the log of defects, when the pause cannot be saved. */
export async function pause(engine: Pick<Engine, 'pause'>, durationMs: number): Promise<void> {
  const set = await engine.pause(durationMs);
  if (!set.ok) throw new Error(fileErrorWords(set.error));
}
