import type { Recorder } from './parts.ts';
import { type History, RANGE_MS } from './record/history.ts';
import type { CountersReader } from './record/journal-read.ts';
import { renderMetrics, writeMetrics } from './record/metrics.ts';

/** The app's record: the history of what was seen and the metrics file, both written as they fall due. */
export function createRecorder({ history, counters }: { history: History; counters: CountersReader }): Recorder {
  return {
    tick: async (snapshot, { metricsPath }) => {
      await history.observe(snapshot);
      if (metricsPath === '') return;
      const counted = await counters.read();
      if (counted.ok) await writeMetrics(metricsPath, renderMetrics(snapshot, counted.value));
    },
    view: (range) => history.view(RANGE_MS[range]),
    stop: async () => {
      await history.stop();
    },
  };
}

/** For commands that only look: the history can be read, and nothing is written. */
export function createReader(history: History): Recorder {
  return { tick: async () => {}, view: (range) => history.view(RANGE_MS[range]), stop: async () => {} };
}
