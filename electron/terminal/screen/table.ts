import { type Line, type Span, span } from './paint.ts';
import { pad, shorten, widthOf } from './text.ts';

/** A column of a table. If the paper is too narrow, columns with the highest `spare` go first; 0 always stays. */
export interface Column<Row> {
  title: string;
  align: 'left' | 'right';
  spare: number;
  /** The one column that is shortened if even the columns that stay are too wide together. */
  shrinks?: true;
  cell: (row: Row) => Span;
}

const GAP = 2;

function widthsOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): number[] {
  return columns.map((column) => Math.max(widthOf(column.title), ...rows.map((row) => widthOf(column.cell(row).text))));
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP * Math.max(0, widths.length - 1);
}

/** The columns that fit into `available`; those with the highest `spare` go first, and those with `spare` 0 always stay. */
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

function fitted<Row>(chosen: readonly Column<Row>[], rows: readonly Row[], available: number): number[] {
  const widths = widthsOf(chosen, rows);
  const excess = total(widths) - available;
  return excess <= 0
    ? widths
    : widths.map((width, index) => (chosen[index]?.shrinks ? Math.max(8, width - excess) : width));
}

/** A table with a quiet heading and one line per row. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], available: number): Line[] {
  const chosen = chooseColumns(columns, rows, available);
  const widths = fitted(chosen, rows, available);
  const lineOf = (cells: readonly Span[]): Line =>
    cells.flatMap(({ text, tone }, index) => {
      const width = widths[index] ?? 0;
      const cell = span(pad(shorten(text, width), width, chosen[index]?.align ?? 'left'), tone);
      return index === 0 ? [cell] : [span(' '.repeat(GAP)), cell];
    });
  return [
    lineOf(chosen.map(({ title }) => span(title, 'quiet'))),
    ...rows.map((row) => lineOf(chosen.map(({ cell }) => cell(row)))),
  ];
}
