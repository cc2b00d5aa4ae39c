import type { Engine } from '../../electron/engine/api.ts';
import { systemClock } from '../../electron/engine/clock.ts';
import { createEngine } from '../../electron/engine/engine.ts';
import type { EngineParts } from '../../electron/engine/parts.ts';
import type { PlatformOptions } from '../../electron/engine/platform/index.ts';
import type { Platform } from '../../electron/engine/platform/types.ts';
import type { JournalEntry } from '../../electron/engine/record/journal/entries.ts';
import { NO_FACTS } from '../../shared/advice/facts.ts';
import type { Plan } from '../../shared/plan.ts';
import { failure, success } from '../../shared/result.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../shared/settings/settings.ts';
import type { CleanResult } from '../../shared/snapshot.ts';
import { thisPlatform } from './system.ts';

export interface RealEngineOptions {
  /** The ports to show and target. */
  ports: readonly number[];
  settings?: Partial<Settings>;
  /** Other tools for the platform: missing, hanging or lying ones. */
  platform?: PlatformOptions;
  /** Called before each entry is "on disk"; false loses it. */
  journal?: (entry: JournalEntry) => boolean | Promise<boolean>;
  counting?: EngineParts['counting'];
  /** A simulated machine instead of this one. */
  on?: Pick<EngineParts, 'platform' | 'clock'>;
  /** The whole app: it cleans automatically when the settings say so. */
  app?: boolean;
}

/** The real engine on the real system; only what it keeps on disk stays in memory. */
export interface RealEngine {
  engine: Engine;
  platform: Platform;
  journal: JournalEntry[];
  plan(request?: Partial<Parameters<Engine['plan']>[0]>): Promise<Plan>;
  clean(plan: Plan): Promise<CleanResult>;
  /** Signals from the journal's lines after them, without those that Sexton withheld: `4312 SIGTERM sent`. */
  signals(): string[];
}

function inMemoryPause(): EngineParts['pause'] {
  let until: Date | null = null;
  return {
    read: async () => until,
    set: async (durationMs) => {
      until = durationMs > 0 ? new Date(Date.now() + durationMs) : null;
      return success(until);
    },
  };
}

/** Makes an engine for these ports. */
export function realEngine(options: RealEngineOptions): RealEngine {
  const { platform, clock } = options.on ?? { platform: thisPlatform(options.platform), clock: systemClock };
  const ports = options.ports.map((port) => ({ port, label: 'test' }));
  const settings: Settings = { ...DEFAULT_SETTINGS, ports, graceMs: 600, ...options.settings };
  const journal: JournalEntry[] = [];
  const nothing = async () => undefined;
  const parts: EngineParts = {
    platform,
    clock,
    settings: {
      path: '',
      current: () => settings,
      load: async () => ({ settings, problems: [] }),
      reloadIfChanged: async () => null,
      save: async () => success(settings),
    },
    journal: {
      append: async (entry) => {
        const written = (await options.journal?.(entry)) ?? true;
        if (written) journal.push(entry);
        return written
          ? success(undefined)
          : failure({ code: 'locked', path: 'journal.jsonl', detail: '', event: entry.event });
      },
      flush: nothing,
    },
    mirrors: { read: async () => ({}), facts: () => NO_FACTS, problems: () => [] },
    breaker: { reset: nothing, hold: nothing },
    guide: {
      observe: async () => null,
      start: async () => null,
      advance: async () => null,
      cancel: nothing,
      isBot: () => true,
    },
    recorder: {
      tick: nothing,
      view: () => Promise.reject(new Error('no history here')),
      problems: () => [],
      stop: nothing,
    },
    pause: inMemoryPause(),
    ports,
    counting: options.counting ?? 'once',
    app: options.app ?? false,
    version: '0.0.0-test',
  };
  const engine = createEngine(parts);
  return {
    engine,
    platform,
    journal,
    plan: async (request = {}) => {
      const plan = await engine.plan({ purpose: 'zombies', includeLive: [], ...request });
      if (!plan.ok) throw new Error(`no plan: ${JSON.stringify(plan.error)}`);
      return plan.value;
    },
    clean: async (plan) => {
      const result = await engine.clean(plan.id, 'user');
      if (!result.ok) throw new Error(`not cleaned: ${JSON.stringify(result.error)}`);
      return result.value;
    },
    signals: () =>
      journal.flatMap((entry) =>
        entry.event === 'signal_sent' && entry.outcome !== 'withheld'
          ? [`${entry.process.pid} ${entry.signal} ${entry.outcome}`]
          : [],
      ),
  };
}
