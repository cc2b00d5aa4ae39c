import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Result, success } from '../../shared/result.ts';
import type { SettingsPatch } from '../../shared/settings/merge.ts';
import { portLabel } from '../../shared/settings/settings.ts';
import type { Problem } from '../../shared/snapshot.ts';
import type { Engine } from './api.ts';
import { systemClock } from './clock.ts';
import { type BreakerProblem, breakerProblem } from './connect/breaker/shared.ts';
import { type BreakerStore, createBreakerStore } from './connect/breaker/store.ts';
import { createGuardRunner, type RunGuard } from './connect/guard/guard.ts';
import { openStartedBots } from './connect/guard/started-bots.ts';
import { createHandshakeLock, type HandshakeLock } from './connect/handshake-lock.ts';
import { createMirrors } from './core/outside.ts';
import { createReader, createRecorder } from './core/recorder.ts';
import { createEngine } from './engine.ts';
import { type Directories, directories } from './platform/directories.ts';
import { createPlatform } from './platform/index.ts';
import type { Platform } from './platform/types.ts';
import { createFileMutex } from './record/files/mutex.ts';
import type { StatePlace } from './record/files/state-file.ts';
import { gatherTroubles } from './record/files/troubles.ts';
import { type History, openHistory } from './record/history/history.ts';
import { type Journal, openJournal } from './record/journal/journal.ts';
import { openCounters } from './record/journal/read.ts';
import { openPause } from './record/pause.ts';
import { openSettings, type SettingsFile, type SettingsProblem } from './record/settings/file.ts';
import { createGuide } from './restart/guide.ts';

/** The reason recorded when a person opens a breaker in the panel. */
const BY_APP = 'by hand, in the app';

/** Who runs the engine: the app watches, records and runs automatic cleaning; a command scans and does what it was asked. */
export type Program = 'app' | 'command';

export interface AssemblyOptions {
  program: Program;
  /** Sexton's own version. */
  version: string;
  /** Settings from the command line. */
  flags?: SettingsPatch;
  /** The ports for this call; the settings' when absent or empty. */
  ports?: readonly number[];
}

/** A real engine on this machine, and what its callers need besides. */
export interface Assembly {
  engine: Engine;
  settings: SettingsFile;
  settingsProblems: SettingsProblem[];
  journal: Journal;
  history: History;
  lock: HandshakeLock;
  breaker: BreakerStore;
  /** Problems with the breakers' file, newest last. */
  breakerProblems: readonly BreakerProblem[];
  /** What is wrong with Sexton's own files by now; a scan has it among its problems. */
  fileProblems: () => readonly Problem[];
  platform: Platform;
  guard: RunGuard;
  directories: Directories;
}

/** Builds the engine for this user on this machine. It scans nothing before it is asked to. */
export async function assemble(options: AssemblyOptions): Promise<Result<Assembly, Problem>> {
  const made = createPlatform();
  if (!made.ok) return made;
  const platform = made.value;
  const places = directories();
  const mutex = (name: string) => createFileMutex(platform.flock, join(places.state, name));
  const troubles = gatherTroubles(systemClock.now);
  const keep = (name: string): StatePlace => ({
    path: join(places.state, `${name}.json`),
    mutex: mutex(`${name}.lock`),
    reports: troubles,
  });
  const settings = openSettings({
    reports: troubles,
    path: join(places.config, 'settings.json'),
    mutex: mutex('settings.lock'),
    environment: process.env,
    ...(options.flags ? { flags: options.flags } : {}),
  });
  const { problems } = await settings.load();
  const journal = openJournal({ directory: places.logs, mutex: mutex('journal.lock') });
  const history = openHistory({ ...keep('history'), logs: places.logs });
  const counters = openCounters(places.logs);
  const pause = openPause(keep('pause'));
  const lock = createHandshakeLock({ platform });
  const breakerProblems: BreakerProblem[] = [];
  const breaker = createBreakerStore({
    ...keep('breaker'),
    reports: {
      ...troubles,
      report: (trouble) => {
        troubles.report(trouble);
        breakerProblems.push(breakerProblem(trouble));
      },
    },
    rules: () => settings.current().breaker,
    sink: journal,
    platform,
  });
  const app = options.program === 'app';
  if (app) await history.load();
  const engine = createEngine({
    platform,
    clock: systemClock,
    settings,
    journal,
    mirrors: createMirrors({ lock, breaker, counters, pause, troubles, logs: places.logs, clock: systemClock }),
    breaker: {
      reset: async () => {
        await breaker.reset();
      },
      hold: async () => {
        await breaker.hold(BY_APP);
      },
    },
    guide: createGuide({
      platform,
      clock: systemClock,
      settings: () => settings.current(),
      journal,
      file: keep('restart'),
      seenBots: keep('sightings'),
      home: homedir(),
    }),
    recorder: app ? createRecorder({ history, counters }) : createReader(history),
    pause,
    ports: choosePorts(settings, options.ports ?? []),
    counting: app ? 'settled' : 'once',
    app,
    version: options.version,
  });
  const guard = createGuardRunner({
    engine,
    platform,
    lock,
    breaker,
    journal,
    logs: places.logs,
    bots: openStartedBots({ ...keep('guarded'), platform }),
  });
  return success({
    engine,
    settings,
    settingsProblems: problems,
    journal,
    history,
    lock,
    breaker,
    breakerProblems,
    fileProblems: troubles.problems,
    platform,
    guard,
    directories: places,
  });
}

/** A port outside the settings is watched for this call under IBKR's name for it. */
function choosePorts(settings: SettingsFile, wanted: readonly number[]): { port: number; label: string }[] | null {
  if (wanted.length === 0) return null;
  const known = settings.current().ports;
  return [...new Set(wanted)].map(
    (port) => known.find((entry) => entry.port === port) ?? { port, label: portLabel(port) },
  );
}
