import type { Level } from '../../../shared/snapshot.ts';
import { harmless, takeColumns, widthOf, wrap } from './text.ts';

/** What a piece of text means, not its colour. Colour alone never carries meaning. */
export type Tone = 'plain' | 'strong' | 'quiet' | 'accent' | Level;

export interface Span {
  text: string;
  tone: Tone;
}

/** One line of output in pieces, so that it can be measured and cut before it is coloured. */
export type Line = readonly Span[];

/** What the output offers: its columns (`Infinity` for a file or pipe, where nothing is cut) and whether colours may be used. */
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

/** The shape of each level, so that it is clear without colour too. */
export const LEVEL_MARKS: Readonly<Record<Level, string>> = {
  clear: '✓',
  notice: '●',
  warning: '▲',
  critical: '■',
  blind: '?',
};

/** A piece of a line. All text from processes, files and tools passes through here and is made harmless. */
export function span(text: string, tone: Tone = 'plain'): Span {
  return { text: harmless(text), tone };
}

/** A sentence wrapped into lines, each indented by `indent` columns. */
export function paragraph(text: string, tone: Tone, { columns }: Pick<Paper, 'columns'>, indent = 0): Line[] {
  const inside = Math.max(1, columns - indent);
  return wrap(harmless(text), inside).map((part) => [span(`${' '.repeat(indent)}${part}`, tone)]);
}

/** The line without trailing blanks, so that the padding of a table's last column does not count as text to cut. */
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
    // More text follows, so a span that leaves no column for the ellipsis is the last one.
    if (width >= left) return [...kept, { text: `${takeColumns(text, left - 1)}…`, tone }];
    kept.push({ text, tone });
    left -= width;
  }
  return kept;
}

/** A line ready to write: cut to the paper's columns, then coloured. */
export function render(line: Line, { columns, colour }: Paper): string {
  return cut(line, columns)
    .map(({ text, tone }) => (colour && SGR[tone] !== '' ? `\u001b[${SGR[tone]}m${text}\u001b[0m` : text))
    .join('');
}

/** Lines ready to write. */
export function renderAll(lines: readonly Line[], paper: Paper): string[] {
  return lines.map((line) => render(line, paper));
}

interface ColourAsk {
  isTTY: boolean;
  env: Readonly<Record<string, string | undefined>>;
}

/** May colours be used? FORCE_COLOR overrides NO_COLOR, and both override the kind of stream; a dumb terminal gets none. */
export function wantsColour({ isTTY, env }: ColourAsk): boolean {
  const force = env.FORCE_COLOR;
  if (force !== undefined) return force !== '0' && force !== 'false';
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  return isTTY && env.TERM !== 'dumb';
}
