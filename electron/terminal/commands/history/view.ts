import type { HistoryPoint, HistoryView } from '../../../../shared/history.ts';
import { clockTime, counted, dayTime, durationWords } from '../../../../shared/words/format.ts';
import { type Line, type Paper, paragraph, span } from '../../screen/paint.ts';
import { spaced } from '../../views/snapshot.ts';

const BARS = '▁▂▃▄▅▆▇█';
/** The width of the chart, if the paper is wide enough. */
const CHART_COLUMNS = 60;
const DAY_MS = 86_400_000;

function total({ client, gateway }: HistoryPoint): number | null {
  return client === null || gateway === null ? null : client + gateway;
}

/** The most zombies in each of `columns` equal intervals; `null` where no count is known. */
export function worstPerColumn(
  points: readonly HistoryPoint[],
  { from, to, columns }: { from: number; to: number; columns: number },
): (number | null)[] {
  const worst = Array.from({ length: columns }, (): number | null => null);
  for (const point of points) {
    const zombies = total(point);
    const column = Math.floor(((Date.parse(point.at) - from) / (to - from)) * columns);
    if (zombies === null || column < 0 || column >= columns) continue;
    worst[column] = Math.max(worst[column] ?? 0, zombies);
  }
  return worst;
}

/** One line of bars; a dot where the count is unknown. */
export function sparkline(values: readonly (number | null)[]): string {
  const highest = Math.max(1, ...values.map((value) => value ?? 0));
  return values
    .map((value) => (value === null ? '·' : (BARS[Math.ceil((value / highest) * (BARS.length - 1))] ?? '')))
    .join('');
}

function summary({ points, cleanRate }: HistoryView, spanMs: number): string {
  const sum = (count: (point: HistoryPoint) => number) => points.reduce((all, point) => all + count(point), 0);
  const cleanups = sum((point) => point.cleanups);
  const rate = cleanRate === null ? '' : ` (${Math.round(cleanRate * 100)} % left the ports clean)`;
  const attempts = sum((point) => point.connectAttempts);
  const retries = sum((point) => point.connectRetries);
  return `Last ${durationWords(spanMs)}: ${counted(cleanups, 'cleanup')}${rate}, ${counted(attempts, 'connect attempt')}, ${counted(retries, 'retry', 'retries')}.`;
}

/** The history for a person: a summary, a chart of the zombies, and the events, oldest first. */
export function historyLines(
  view: HistoryView,
  { spanMs, now }: { spanMs: number; now: Date },
  paper: Pick<Paper, 'columns'>,
): Line[] {
  const to = now.getTime();
  const seen = view.points.map(total).filter((count) => count !== null);
  const columns = Math.max(1, Math.min(CHART_COLUMNS, paper.columns));
  const time = spanMs > DAY_MS ? dayTime : clockTime;
  const chart: Line[] =
    seen.length === 0
      ? [[span('No scan was recorded in this time. The app records scans while it runs.', 'quiet')]]
      : [
          [span(sparkline(worstPerColumn(view.points, { from: to - spanMs, to, columns })), 'accent')],
          [span(`Zombie connections, at most ${Math.max(...seen)}; a dot means unknown.`, 'quiet')],
        ];
  const events = view.events.flatMap(({ at, text }) => paragraph(`${time(at)}  ${text}`, 'plain', paper));
  return spaced([paragraph(summary(view, spanMs), 'strong', paper), chart, events]);
}
