import type { HistoryPoint, HistoryView } from '../../shared/history.ts';
import { clockTime, counted, durationWords } from '../../shared/words/format.ts';

/** Columns for the chart: seconds since the epoch, the Gateway's zombies, and both sides stacked. */
export type ChartColumns = [number[], (number | null)[], (number | null)[]];

/** Arranges the history for drawing, oldest first; a period that is missing or was not seen becomes a gap. */
export function chartColumns(points: readonly HistoryPoint[]): ChartColumns {
  const columns: ChartColumns = [[], [], []];
  let end: number | null = null;
  for (const { at, spanMs, client, gateway } of points) {
    const start = Date.parse(at);
    if (end !== null && start > end + spanMs / 2) add(columns, end, null, null);
    add(columns, start, gateway, client === null || gateway === null ? null : client + gateway);
    end = start + spanMs;
  }
  return columns;
}

function add(columns: ChartColumns, atMs: number, gateway: number | null, total: number | null): void {
  columns[0].push(atMs / 1_000);
  columns[1].push(gateway);
  columns[2].push(total);
}

/** The four figures above the chart. */
export interface HistoryTotals {
  cleanups: number;
  cleanRate: number | null;
  breakerChanges: number;
  connectAttempts: number;
  connectRetries: number;
}

/** Sums the record up. */
export function historyTotals({ points, cleanRate }: HistoryView): HistoryTotals {
  const sum = (of: (point: HistoryPoint) => number) => points.reduce((total, point) => total + of(point), 0);
  return {
    cleanups: sum(({ cleanups }) => cleanups),
    cleanRate,
    breakerChanges: sum(({ breakerChanges }) => breakerChanges),
    connectAttempts: sum(({ connectAttempts }) => connectAttempts),
    connectRetries: sum(({ connectRetries }) => connectRetries),
  };
}

/** One row of the table that replaces the chart. */
export interface ChartRow {
  at: string;
  client: number | null;
  gateway: number | null;
}

const HOUR_MS = 3_600_000;

/** The history as a table for screen readers: the peak of each hour (24 h) or of each six hours (7 d). */
export function chartRows(points: readonly HistoryPoint[], range: '24h' | '7d'): ChartRow[] {
  const span = range === '24h' ? HOUR_MS : 6 * HOUR_MS;
  const rows = new Map<number, ChartRow>();
  for (const { at, client, gateway } of points) {
    const start = Math.floor(Date.parse(at) / span) * span;
    const row = rows.get(start);
    if (row === undefined) rows.set(start, { at: new Date(start).toISOString(), client, gateway });
    else {
      row.client = most(row.client, client);
      row.gateway = most(row.gateway, gateway);
    }
  }
  return [...rows.values()].reverse();
}

const most = (one: number | null, other: number | null): number | null =>
  one === null ? other : other === null ? one : Math.max(one, other);

/** The chart in one sentence: its peak and when, and how long nothing was seen. */
export function chartSummary(points: readonly HistoryPoint[]): string {
  const known = points.filter(({ client, gateway }) => client !== null && gateway !== null);
  const total = ({ client, gateway }: HistoryPoint) => (client ?? 0) + (gateway ?? 0);
  const peak = known.reduce<HistoryPoint | null>(
    (best, point) => (best === null || total(point) > total(best) ? point : best),
    null,
  );
  if (peak === null) return 'Nothing has been recorded yet.';
  const blindMs = points.reduce((sum, point) => sum + (known.includes(point) ? 0 : point.spanMs), 0);
  const gaps = blindMs === 0 ? '' : ` No data for ${durationWords(blindMs)}.`;
  if (total(peak) === 0) return `No zombie connections.${gaps}`;
  return `Peak: ${counted(total(peak), 'zombie connection')} at ${clockTime(peak.at)}.${gaps}`;
}
