import type { HistoryPoint, HistoryView } from '../../../../shared/history.ts';

const COLUMNS = [
  'at',
  'spanMs',
  'level',
  'client',
  'gateway',
  'cleanups',
  'cleanupsClean',
  'breakerChanges',
  'connectAttempts',
  'connectRetries',
] as const satisfies readonly (keyof HistoryPoint)[];

/** The history as one JSON object, ending with a newline. */
export function historyJson(view: HistoryView): string {
  return `${JSON.stringify(view, null, 2)}\n`;
}

/** The points of the history as CSV with a header line; an unknown value is an empty field. The events are in the JSON only. */
export function historyCsv({ points }: HistoryView): string {
  const rows = points.map((point) => COLUMNS.map((column) => point[column] ?? '').join(','));
  return `${[COLUMNS.join(','), ...rows].join('\n')}\n`;
}
