/** Says at a page's head where its text comes from. */
export const GENERATED = '<!-- Written by `npm run docs` from the code. Change the code, not this page. -->';

/** A table; a bar in a cell does not end it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

/** A page from its parts, one blank line between them. */
export function page(...parts: readonly string[]): string {
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** Text as code. */
export const code = (text: string): string => `\`${text}\``;
