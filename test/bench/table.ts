import type { Row } from './measure.ts';

const HEADINGS = ['what', 'reference in the same run', 'reach', 'measured', ''] as const;

/** The rows as a table of plain text, columns as wide as their content. */
export function renderTable(rows: readonly Row[]): string {
  const lines = rows.map(({ what, reference, reach, figure, reached }) => [
    what,
    reference,
    reach ?? '-',
    figure,
    reached === null ? '' : reached ? 'reached' : 'NOT REACHED',
  ]);
  const all = [[...HEADINGS], ...lines];
  const widths = HEADINGS.map((_, column) => Math.max(...all.map((line) => (line[column] ?? '').length)));
  const text = all.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  text.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '));
  return text.join('\n');
}
