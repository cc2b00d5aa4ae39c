import type { Output } from './io.ts';
import { type Line, renderAll, span } from './paint.ts';

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
/** Synchronized update: terminals that support it show the frame in one go; the others ignore it. */
const BEGIN_FRAME = '\u001b[?2026h';
const END_FRAME = '\u001b[?2026l';
const HOME = '\u001b[H';
const CLEAR_REST_OF_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/**
 * A full-screen view on a terminal's alternate screen. Each frame overwrites the last one line by line without erasing it
 * first, so that nothing flickers.
 */
export class LiveScreen {
  #shown: string | null = null;
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Takes over the screen; `leave` restores it. */
  enter(): void {
    this.#shown = '';
    this.#output.write(ENTER);
  }

  /** The columns a frame may use: the last one stays free, because erasing the rest of a full line would erase its last character. */
  get columns(): number {
    return Math.max(1, this.#output.paper().columns - 1);
  }

  /** Shows these lines; the last row counts those that do not fit. Writes nothing if nothing changed. */
  draw(lines: readonly Line[]): void {
    if (this.#shown === null) return;
    const paper = { ...this.#output.paper(), columns: this.columns };
    const rows = this.#output.rows();
    const frame = renderAll(cutToHeight(lines, rows), paper);
    const text = frame.map((line) => `${line}${CLEAR_REST_OF_LINE}`).join('\r\n');
    if (text === this.#shown) return;
    this.#shown = text;
    this.#output.write(`${BEGIN_FRAME}${HOME}${text}${frame.length < rows ? CLEAR_BELOW : ''}${END_FRAME}`);
  }

  /** Forgets the last frame, so that every line is written again after a change of size. */
  refresh(): void {
    if (this.#shown !== null) this.#shown = '';
  }

  /** Restores the screen. A second call does nothing. */
  leave(): void {
    if (this.#shown === null) return;
    this.#shown = null;
    this.#output.write(LEAVE);
  }
}

/** The lines that fit into `rows`; if some do not, the last row says how many. */
export function cutToHeight(lines: readonly Line[], rows: number): readonly Line[] {
  if (lines.length <= rows) return lines;
  const hidden = lines.length - rows + 1;
  return [...lines.slice(0, rows - 1), [span(`… ${hidden} more lines: make the window taller`, 'quiet')]];
}
