/** Replaces a secret. */
export const REDACTED = '[redacted]';

/** Main classes of IBC and its predecessor: user and password follow as plain arguments. */
const IBC_MAIN = /(?:^|[\s"'=/])(?:ibcalpha\.ibc|ibcontroller)\.[A-Za-z_]\w*(?=$|[\s"'])/;

/** IBC's first argument is the path of its settings, which is useful and not secret. */
const IBC_CONFIG = /^\s+(\S+\.ini)(?=\s|$)/;

const SECRET_NAME =
  'pass(?:word|wd|phrase|code)?|pwd|pw|secret|token|t?otp|api[-_]?key|access[-_]?key|private[-_]?key|secret[-_]?key|credentials?|auth(?:orization)?|user(?:[-_]?(?:id|name))?|login(?:[-_]?(?:id|name))?';

/** An argument that is one setting with its value: everything after the sign is secret, blanks included. */
const WHOLE_SETTING = new RegExp(`^([-/]{0,2}[\\w.-]{0,64}?(?:${SECRET_NAME})=)[^]*$`, 'i');

/** A setting inside an argument (JSON, a shell's -c text, a query string): secret up to the next blank or closing quote. */
const INNER_SETTING = new RegExp(`((?:${SECRET_NAME})(?:["']?:\\s?|["']?=))("[^"]*"?|'[^']*'?|[^\\s"']+)`, 'gi');

/** A long flag with its value, which may continue after a blank where only the text is known. */
const LONG_SETTING = new RegExp(`^--[\\w.-]{0,64}?(?:${SECRET_NAME})=`, 'i');

/** A flag whose value is the next word; a shell's `--login` takes none. */
const SECRET_FLAG = new RegExp(`^(?!--?login$)--?[\\w.-]{0,64}?(?:${SECRET_NAME})$`, 'i');
const FLAG_WITHIN = new RegExp(
  `((?:^|\\s)(?!--?login\\s)--?[\\w.-]{0,64}?(?:${SECRET_NAME})\\s+)("[^"]*"?|'[^']*'?|[^\\s"']+)`,
  'gi',
);

/** The scheme in an HTTP header comes before the secret. */
const HEADER_SCHEME = /\b((?:Bearer|Basic)\s+)[^\s"']+/g;

/** `scheme://user:password@host`. */
const URL_LOGIN = /(\b[a-z][a-z\d+.-]{0,15}:\/\/)[^\s/@]{1,256}@/gi;

const JSON_WEB_TOKEN = /\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g;

/** Runs of letters and digits without the dots and separators of paths, names and options. */
const LONG_WORD = /(^|[\s"'=:,;])([A-Za-z\d+/_-]{32,}={0,2})(?=$|[\s"',;&])/g;

/**
 * Arguments without secrets (law 9): everything after IBC's main class, values named user, password, token and the like
 * wherever they are, logins in addresses, and long random-looking words. Removes too much rather than too little.
 */
export function redactArguments(args: readonly string[]): string[] {
  return redact(args, false);
}

/** The same for a command line known only as text (macOS `ps`), split at blanks. */
export function redactCommandLine(line: string): string[] {
  // Quoted values may contain blanks, so they are redacted before the line is split.
  const words = redactInside(line)
    .split(/[ \t]+/)
    .filter((word) => word !== '');
  return redact(words, true);
}

/** `split`: the words may be pieces of one argument, so a secret continues until the next flag. */
function redact(args: readonly string[], split: boolean): string[] {
  const clean: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? '';
    const ibc = IBC_MAIN.exec(arg);
    if (ibc !== null) {
      clean.push(...fromIbcMain(args, index, ibc.index + ibc[0].length));
      return clean;
    }
    if (index > 0 && SECRET_FLAG.test(arg)) {
      clean.push(arg);
      const end = endOfValue(args, index + 1, split);
      if (end > index + 1) clean.push(REDACTED);
      index = end - 1;
    } else if (index > 0 && /^(?:Bearer|Basic)$/.test(arg) && index + 1 < args.length) {
      clean.push(arg, REDACTED);
      index += 1;
    } else {
      clean.push(redactWithin(arg, index === 0));
      if (split && LONG_SETTING.test(arg)) index = endOfValue(args, index, split) - 1;
    }
  }
  return clean;
}

/** The end of a flag's value. A value that looks like a flag is one: passwords may start with a dash. */
function endOfValue(args: readonly string[], start: number, split: boolean): number {
  let end = Math.min(start + 1, args.length);
  while (split && end < args.length && !(args[end] ?? '').startsWith('-')) end += 1;
  return end;
}

function fromIbcMain(args: readonly string[], index: number, end: number): string[] {
  const arg = args[index] ?? '';
  const kept = [redactWithin(arg.slice(0, end), index === 0)];
  const rest = arg.slice(end);
  if (rest.trim() !== '') {
    const config = IBC_CONFIG.exec(rest)?.[1];
    return [`${kept[0]} ${config === undefined ? '' : `${config} `}${REDACTED}`];
  }
  const config = args[index + 1];
  const keepsConfig = config !== undefined && /^[^\s=]+\.ini$/.test(config);
  if (keepsConfig) kept.push(config);
  if (args.length > index + (keepsConfig ? 2 : 1)) kept.push(REDACTED);
  return kept;
}

/**
 * `program`: the first argument names the program; its path may contain long random words (a package store) that are
 * not secret.
 */
function redactWithin(arg: string, program: boolean): string {
  const whole = program ? null : WHOLE_SETTING.exec(arg);
  if (whole !== null) return `${whole[1]}${REDACTED}`;
  return redactInside(arg, program && !/\s/.test(arg));
}

function redactInside(text: string, keepLongWords = false): string {
  const named = text
    .replace(HEADER_SCHEME, `$1${REDACTED}`)
    .replace(URL_LOGIN, `$1${REDACTED}@`)
    .replace(INNER_SETTING, `$1${REDACTED}`)
    .replace(FLAG_WITHIN, `$1${REDACTED}`)
    .replace(JSON_WEB_TOKEN, REDACTED);
  if (keepLongWords) return named;
  return named.replace(LONG_WORD, (all, before: string, word: string) =>
    isRandom(word) ? `${before}${REDACTED}` : all,
  );
}

/** True for hexadecimal, or letters with digits, in one piece; with separators, for upper and lower case mixed with digits. */
function isRandom(word: string): boolean {
  if (word.startsWith('/') || word.startsWith('-') || !/\d/.test(word)) return false;
  return /^(?:[\da-f-]+|[A-Za-z\d]+={0,2})$/i.test(word) || (/[a-z]/.test(word) && /[A-Z]/.test(word));
}
