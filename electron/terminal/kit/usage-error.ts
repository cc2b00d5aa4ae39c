import { harmless, shorten } from '../screen/text.ts';

/** The exit code of bad input (sysexits' EX_USAGE). */
export const EXIT_USAGE = 64;

/** Invalid input: the argument, its value, and what is allowed there. Always one line. */
export class UsageError extends Error {
  constructor(argument: string, value: string | null, allowed: string) {
    const said = value === null ? argument : `${argument} ${quoted(value)}`;
    super(harmless(`${said}: ${allowed}`));
    this.name = 'UsageError';
  }
}

function quoted(value: string): string {
  const text = shorten(harmless(value), 60);
  return /^[\w.:/@%+=-]+$/.test(text) ? text : `"${text}"`;
}
