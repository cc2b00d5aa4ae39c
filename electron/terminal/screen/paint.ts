import type { Level } from '../../../shared/snapshot.ts';
import { harmless, takeColumns, widthOf, wrap } from './text.ts';

/** What a piece of text is, not which colour it has. Meaning is never in the colour alone. */
export type Tone = 'plain' | 'strong' | 'quiet' | 'accent' | Level;

export interface Span {
  text: string;
  tone: Tone;
}

/** One line of output as pieces, so that it can be measured and cut before any colour is in it. */
export type Line = readonly Span[];

/** What is written on: the columns there are (`Infinity` for a file or pipe, where nothing is cut) and whether colours may be used. */
export interface Paper {
  columns: number;
  colour: boolean;
}

const SGR: Readonly<Record<Tone, string>> = {
  plain: '',
  strong: '1',
  quiet: '2',
  accent: '36',
  clear: '32',
  notice: '36',
  warning: '33',
  critical: '1;31',
  blind: '35',
};

/** The shape of each level, so that it is told without colour too. */
export const LEVEL_MARKS: Readonly<Record<Level, string>> = {
  clear: '✓',
  notice: '●',
  warning: '▲',
  critical: '■',
  blind: '?',
};

/** A piece of a line; everything that a process, a file or a tool had a hand in passes here and is made harmless. */
export function span(text: string, tone: Tone = 'plain'): Span {
  return { text: harmless(text), tone };
}

/** A sentence in as many lines as it needs, each indented by `indent` columns. */
export function paragraph(text: string, tone: Tone, { columns }: Pick<Paper, 'columns'>, indent = 0): Line[] {
  const inside = Math.max(1, columns - indent);
  return wrap(harmless(text), inside).map((part) => [span(`${' '.repeat(indent)}${part}`, tone)]);
}

/** The line without blanks at its end: padding of a table's last column is no text that a narrow paper would cut. */
function trimmed(line: Line): Span[] {
  const spans = [...line];
  for (let last = spans.pop(); last; last = spans.pop()) {
    const text = last.text.trimEnd();
    if (text !== '') return [...spans, { text, tone: last.tone }];
  }
  return [];
}

function cut(line: Line, columns: number): Span[] {
  const spans = trimmed(line);
  const total = spans.reduce((sum, { text }) => sum + widthOf(text), 0);
  if (total <= columns) return spans;
  const kept: Span[] = [];
  let left = columns;
  for (const { text, tone } of spans) {
    const width = widthOf(text);
    // There is more to come, so the span that does not leave a column for the ellipsis is the last one.
    if (width >= left) return [...kept, { text: `${takeColumns(text, left - 1)}…`, tone }];
    kept.push({ text, tone });
    left -= width;
  }
  return kept;
}

/** A line as it is written: cut to the paper's columns, then coloured. */
export function render(line: Line, { columns, colour }: Paper): string {
  return cut(line, columns)
    .map(({ text, tone }) => (colour && SGR[tone] !== '' ? `\u001b[${SGR[tone]}m${text}\u001b[0m` : text))
    .join('');
}

/** Lines as they are written. */
export function renderAll(lines: readonly Line[], paper: Paper): string[] {
  return lines.map((line) => render(line, paper));
}

interface ColourAsk {
  isTTY: boolean;
  env: Readonly<Record<string, string | undefined>>;
}

/** May colours be used? FORCE_COLOR decides over NO_COLOR, and both over what the stream is; a dumb terminal gets none. */
export function wantsColour({ isTTY, env }: ColourAsk): boolean {
  const force = env.FORCE_COLOR;
  if (force !== undefined) return force !== '0' && force !== 'false';
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  return isTTY && env.TERM !== 'dumb';
}
