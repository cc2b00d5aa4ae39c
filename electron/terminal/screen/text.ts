import stringWidth from 'string-width';

/** Characters from outside that must not reach a terminal: controls (escape sequences), half characters, line and text-direction marks. */
const UNSAFE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function spelled(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return NAMED[character] ?? (code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`);
}

/**
 * Makes text from outside (process names, command lines, tool output, arguments) harmless for a terminal: a process name can
 * contain anything, even an escape sequence, so everything that could control the terminal is spelled out.
 */
export function harmless(text: string): string {
  return text.replace(UNSAFE, spelled);
}

/** JSON text in which control characters that JSON allows (DEL, C1, text direction) are escaped too; it parses to the same value. */
export function harmlessJson(json: string): string {
  const escaped = (character: string) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  // A line break between values belongs to JSON; inside a value it is already escaped.
  return json.replace(UNSAFE, (character) => (character === '\n' ? character : escaped(character)));
}

/** One JSON value on one line. */
export function jsonLine(value: unknown): string {
  return harmlessJson(JSON.stringify(value));
}

/**
 * Characters one column wide and one UTF-16 unit long: ASCII, western European letters, and the symbols Sexton prints. Loading the
 * full tables costs more than a scan.
 */
const NARROW =
  /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u00ff\u2013\u2014\u2018\u2019\u2026\u2192\u2581-\u2588\u25a0\u25b2\u25b8\u25cb\u25cf\u2713\u2717]*$/;

/** How many columns of a terminal the text takes; `text` must already be harmless. */
export function widthOf(text: string): number {
  return NARROW.test(text) ? text.length : stringWidth(text);
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The longest start of the text that fits into `columns` without cutting a character in two. */
export function takeColumns(text: string, columns: number): string {
  if (NARROW.test(text)) return text.slice(0, Math.max(0, columns));
  let taken = '';
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    width += stringWidth(segment);
    if (width > columns) return taken;
    taken += segment;
  }
  return taken;
}

/** The text if it fits into `columns`, otherwise its start and an ellipsis. */
export function shorten(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  return columns < 1 ? '' : `${takeColumns(text, columns - 1)}…`;
}

/** The text in lines of at most `columns`, broken at blanks; a word is broken only if it is wider than a line. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (let word of text.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (widthOf(joined) <= columns) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    while (columns > 0 && widthOf(word) > columns) {
      // A character wider than the whole line must still be written.
      const part = takeColumns(word, columns) || word.slice(0, 2);
      lines.push(part);
      word = word.slice(part.length);
    }
    line = word;
  }
  return line === '' && lines.length > 0 ? lines : [...lines, line];
}

/** The text padded with blanks to `columns`: `left` aligns words, `right` aligns numbers. */
export function pad(text: string, columns: number, align: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(0, columns - widthOf(text)));
  return align === 'left' ? text + blanks : blanks + text;
}
