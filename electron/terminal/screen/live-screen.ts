import type { Output } from './io.ts';
import { type Line, renderAll, span } from './paint.ts';

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
/** Synchronized update: terminals that know it show the frame in one go, all others ignore it. */
const BEGIN_FRAME = '\u001b[?2026h';
const END_FRAME = '\u001b[?2026l';
const HOME = '\u001b[H';
const CLEAR_REST_OF_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/**
 * A full-screen view on a terminal's alternate screen. A frame is written over the last one, line by line, and nothing
 * is erased before it is overwritten, so that it does not flicker.
 */
export class LiveScreen {
  #shown: string | null = null;
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Takes the screen; `leave` gives it back. */
  enter(): void {
    this.#shown = '';
    this.#output.write(ENTER);
  }

  /** The columns a frame may use: the last one stays free, because erasing the rest of a full line would eat its end. */
  get columns(): number {
    return Math.max(1, this.#output.paper().columns - 1);
  }

  /** Shows these lines; what does not fit the height is counted in the last row. Writes nothing when nothing changed. */
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

  /** Forgets what is shown: after a change of size every line is written again. */
  refresh(): void {
    if (this.#shown !== null) this.#shown = '';
  }

  /** Gives the screen back as it was. Does nothing the second time. */
  leave(): void {
    if (this.#shown === null) return;
    this.#shown = null;
    this.#output.write(LEAVE);
  }
}

/** The lines that fit into `rows`; when some do not, the last row says how many. */
export function cutToHeight(lines: readonly Line[], rows: number): readonly Line[] {
  if (lines.length <= rows) return lines;
  const hidden = lines.length - rows + 1;
  return [...lines.slice(0, rows - 1), [span(`… ${hidden} more lines: make the window taller`, 'quiet')]];
}
