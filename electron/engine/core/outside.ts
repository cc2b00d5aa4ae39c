import { type AdviceFacts, NO_FACTS } from '../../../shared/advice/facts.ts';
import type { Problem } from '../../../shared/snapshot.ts';
import type { Clock } from '../clock.ts';
import { createRunnerLog, type RunnerLog, type RunnerLogView } from '../connect/bot-log/mirror.ts';
import type { BreakerStore } from '../connect/breaker/store.ts';
import type { HandshakeLock } from '../connect/handshake-lock.ts';
import type { Mirrors } from '../parts.ts';
import type { FileTroubles } from '../record/files/troubles.ts';
import { totalsOf } from '../record/journal/counters.ts';
import { type CountersReader, readJournal } from '../record/journal/read.ts';
import { type RecentFacts, recentFacts } from '../record/journal/recent-facts.ts';
import type { PauseFile } from '../record/pause.ts';
import { metricsProblem, runnerLogProblem } from '../record/settings/path-problems.ts';

/** Reads what bots, guards and other commands changed: the lock, the breaker, the journal's totals and the pause. */
export function createMirrors(parts: {
  lock: Pick<HandshakeLock, 'observe'>;
  breaker: Pick<BreakerStore, 'refresh'>;
  counters: CountersReader;
  pause: PauseFile;
  /** What is wrong with Sexton's own files. */
  troubles: Pick<FileTroubles, 'problems'>;
  /** The journal's directory. */
  logs: string;
  clock: Clock;
}): Mirrors {
  let runnerLog: RunnerLog | null = null;
  let facts: AdviceFacts = NO_FACTS;
  let problems: readonly Problem[] = [];
  let journalled: { facts: RecentFacts; readAt: number } | null = null;

  const readFacts = async (): Promise<RecentFacts | null> => {
    const now = parts.clock.now();
    if (journalled !== null && now - journalled.readAt < FACTS_FRESH_MS) return journalled.facts;
    const wall = parts.clock.wall();
    const journal = await readJournal(parts.logs, { since: new Date(wall - DAY_MS) });
    if (journal.ok) journalled = { facts: recentFacts(journal.value.entries, wall), readAt: now };
    return journalled?.facts ?? null;
  };

  const readRunnerLog = async (path: string): Promise<RunnerLogView | null> => {
    if (runnerLog?.path !== path) {
      await runnerLog?.close();
      runnerLog = path === '' ? null : createRunnerLog({ path });
    }
    return runnerLog === null ? null : runnerLog.read();
  };

  return {
    read: async ({ lockPath, runnerLogPath, metricsPath }) => {
      const [lock, breaker, runner, counted, pausedUntil, known, ...found] = await Promise.all([
        parts.lock.observe(lockPath),
        parts.breaker.refresh(),
        readRunnerLog(runnerLogPath),
        parts.counters.read(),
        parts.pause.read(),
        readFacts(),
        runnerLogProblem(runnerLogPath),
        metricsProblem(metricsPath),
      ]);
      problems = found.filter((problem) => problem !== null);
      const alreadyConnected = recent(runner?.alreadyConnected.times ?? [], parts.clock.wall());
      facts = { ...NO_FACTS, ...known, alreadyConnected };
      return {
        lock,
        breaker,
        // When the log cannot be read, nothing is known; that is not the same as a closed breaker.
        runnerBreaker: runner?.status === 'reading' ? runner.breaker : null,
        paused: pausedUntil !== null,
        ...(counted.ok ? { totals: totalsOf(counted.value) } : {}),
      };
    },
    facts: () => facts,
    problems: () => [...problems, ...parts.troubles.problems()],
  };
}

/** How long an "Already connected" error counts as recent. */
const RECENT_MS = 600_000;
/** How far back the journal is read for the advice, and how long that answer is used. */
const DAY_MS = 86_400_000;
const FACTS_FRESH_MS = 30_000;

function recent(times: readonly string[], wall: number): number {
  return times.filter((time) => Date.parse(time) >= wall - RECENT_MS).length;
}
