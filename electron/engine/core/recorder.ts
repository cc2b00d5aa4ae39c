import type { Problem } from '../../../shared/snapshot.ts';
import type { Recorder } from '../parts.ts';
import { type History, RANGE_MS } from '../record/history/history.ts';
import { renderMetrics, writeMetrics } from '../record/history/metrics.ts';
import type { CountersReader } from '../record/journal/read.ts';
import { metricsNotWritten } from '../record/settings/path-problems.ts';

/** The app's record: the history and the metrics file, each written when due. */
export function createRecorder({ history, counters }: { history: History; counters: CountersReader }): Recorder {
  let problems: readonly Problem[] = [];
  return {
    tick: async (snapshot, { metricsPath }) => {
      await history.observe(snapshot);
      if (metricsPath === '') {
        problems = [];
        return;
      }
      const counted = await counters.read();
      if (!counted.ok) return;
      const written = await writeMetrics(metricsPath, renderMetrics(snapshot, counted.value));
      problems = written.ok ? [] : [metricsNotWritten(written.error)];
    },
    problems: () => problems,
    view: (range) => history.view(RANGE_MS[range]),
    stop: async () => {
      await history.stop();
    },
  };
}

/** For commands that record nothing: history can be read, and nothing is written. */
export function createReader(history: History): Recorder {
  return {
    tick: async () => {},
    view: (range) => history.view(RANGE_MS[range]),
    problems: () => [],
    stop: async () => {},
  };
}
