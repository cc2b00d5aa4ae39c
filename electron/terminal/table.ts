import { type Line, type Span, span } from './paint.ts';
import { pad, widthOf } from './text.ts';

/** A column of a table. Where the paper is too narrow, columns with a higher `spare` go first; 0 always stays. */
export interface Column<Row> {
  title: string;
  align: 'left' | 'right';
  spare: number;
  cell: (row: Row) => Span;
}

const GAP = 2;

function widthsOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): number[] {
  return columns.map((column) => Math.max(widthOf(column.title), ...rows.map((row) => widthOf(column.cell(row).text))));
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP * Math.max(0, widths.length - 1);
}

/** The columns that fit into `available`, dropping the most spare ones first; those with `spare` 0 always stay. */
export function chooseColumns<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  available: number,
): readonly Column<Row>[] {
  let chosen = columns;
  while (total(widthsOf(chosen, rows)) > available) {
    const most = Math.max(...chosen.map(({ spare }) => spare));
    if (most === 0) return chosen;
    chosen = chosen.filter(({ spare }) => spare !== most);
  }
  return chosen;
}

/** A table with a quiet heading; every row is one line. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], available: number): Line[] {
  const chosen = chooseColumns(columns, rows, available);
  const widths = widthsOf(chosen, rows);
  const lineOf = (cells: readonly Span[]): Line =>
    cells.flatMap((cell, index) => {
      const padded = span(pad(cell.text, widths[index] ?? 0, chosen[index]?.align ?? 'left'), cell.tone);
      return index === 0 ? [padded] : [span(' '.repeat(GAP)), padded];
    });
  return [
    lineOf(chosen.map(({ title }) => span(title, 'quiet'))),
    ...rows.map((row) => lineOf(chosen.map(({ cell }) => cell(row)))),
  ];
}
