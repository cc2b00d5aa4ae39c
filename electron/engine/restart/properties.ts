const BLANK = /[ \t\f]/;
const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

/**
 * The value of a key in a Java properties file, read like `java.util.Properties`: `key=value`, `key: value` or `key
 * value`, comments after `#` or `!`, a backslash at the end of a line continues it. The last value wins; null without
 * any. Nothing else of the text is kept, because such files hold passwords.
 */
export function propertyOf(text: string, key: string): string | null {
  let found: string | null = null;
  for (const line of logicalLines(text)) {
    const end = keyEnd(line);
    if (unescaped(line.slice(0, end)) === key) found = unescaped(line.slice(valueStart(line, end)));
  }
  return found;
}

/** Lines that are neither empty nor comments, joined with their continuation lines, without indentation. */
function* logicalLines(text: string): Generator<string> {
  let begun: string | null = null;
  for (const natural of text.split(/\r\n|[\r\n]/)) {
    const line = natural.replace(/^[ \t\f]+/, '');
    // A continuation line is never a comment, whatever it starts with.
    if (begun === null && (line === '' || line.startsWith('#') || line.startsWith('!'))) continue;
    const whole: string = (begun ?? '') + line;
    const continues = (/\\*$/.exec(line)?.[0].length ?? 0) % 2 === 1;
    begun = continues ? whole.slice(0, -1) : null;
    if (!continues) yield whole;
  }
  if (begun !== null) yield begun;
}

function keyEnd(line: string): number {
  for (let at = 0; at < line.length; at += line[at] === '\\' ? 2 : 1) {
    const character = line[at] ?? '';
    if (character === '=' || character === ':' || BLANK.test(character)) return at;
  }
  return line.length;
}

/** Skips blanks, at most one separator, and blanks. */
function valueStart(line: string, end: number): number {
  return end + (/^[ \t\f]*[=:]?[ \t\f]*/.exec(line.slice(end))?.[0].length ?? 0);
}

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.?))/g, (_, code: string | undefined, character = '') =>
    code === undefined ? (ESCAPES[character] ?? character) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}
