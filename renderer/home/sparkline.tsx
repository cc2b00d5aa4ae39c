import type { HistoryView } from '../../shared/history.ts';
import { sparkPaths, sparkSummary } from './spark.ts';

const WIDTH = 150;
const HEIGHT = 34;

/** The last hour as a line; stretches in which the count was not known stay empty. */
export function Sparkline({ history }: { history: HistoryView | null }) {
  const points = history?.points ?? [];
  const counts = points.map(({ client, gateway }) => (client === null || gateway === null ? null : client + gateway));
  const { lines, areas } = sparkPaths(counts, WIDTH, HEIGHT);
  return (
    <svg
      className="spark"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={sparkSummary(counts)}
    >
      {areas.map((path) => (
        <path key={path} d={path} className="spark-area" />
      ))}
      {lines.map((path) => (
        <path key={path} d={path} className="spark-line" vectorEffect="non-scaling-stroke" />
      ))}
    </svg>
  );
}
