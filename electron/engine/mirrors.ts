import { type AdviceFacts, NO_FACTS } from '../../shared/advice.ts';
import type { BreakerStore } from './connect/breaker-store.ts';
import type { HandshakeLock } from './connect/lock.ts';
import { createRunnerLog, type RunnerLog, type RunnerLogView } from './connect/runner-log.ts';
import type { Mirrors } from './parts.ts';
import { totalsOf } from './record/counters.ts';
import type { CountersReader } from './record/journal-read.ts';
import type { PauseFile } from './record/pause.ts';

/** Reads what bots, guards and other commands changed: the lock, the breaker, the journal's totals and the pause. */
export function createMirrors(parts: {
  lock: Pick<HandshakeLock, 'observe'>;
  breaker: Pick<BreakerStore, 'refresh'>;
  counters: CountersReader;
  pause: PauseFile;
}): Mirrors {
  let runnerLog: RunnerLog | null = null;
  let facts: AdviceFacts = NO_FACTS;

  const readRunnerLog = async (path: string): Promise<RunnerLogView | null> => {
    if (runnerLog?.path !== path) {
      await runnerLog?.close();
      runnerLog = path === '' ? null : createRunnerLog({ path });
    }
    return runnerLog === null ? null : runnerLog.read();
  };

  return {
    read: async ({ lockPath, runnerLogPath }) => {
      const [lock, breaker, runner, counted, pausedUntil] = await Promise.all([
        parts.lock.observe(lockPath),
        parts.breaker.refresh(),
        readRunnerLog(runnerLogPath),
        parts.counters.read(),
        parts.pause.read(),
      ]);
      facts = { ...facts, alreadyConnected: recent(runner?.alreadyConnected.times ?? []) };
      return {
        lock,
        breaker,
        runnerBreaker: runner?.breaker ?? null,
        paused: pausedUntil !== null,
        ...(counted.ok ? { totals: totalsOf(counted.value) } : {}),
      };
    },
    facts: () => facts,
  };
}

/** How long an "Already connected" error counts as recent. */
const RECENT_MS = 600_000;

function recent(times: readonly string[]): number {
  const since = Date.now() - RECENT_MS;
  return times.filter((time) => Date.parse(time) >= since).length;
}
