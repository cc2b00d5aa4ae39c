/** One process as `ps` lists it. */
export interface PsRow {
  pid: number;
  ppid: number;
  uid: number;
  /** State letters: `s` leads a session, `Z` is dead and not reaped. */
  stat: string;
  /** ISO 8601; ps knows whole seconds only. */
  startedAt: string;
  /** The raw command line. It may hold secrets: redact before it goes anywhere. */
  args: string;
}

/** One `-o` per column: a BSD ps takes all that follows the first `=` of a list for that column's header. */
export const PS_COLUMNS = columns('pid', 'ppid', 'uid', 'stat', 'lstart', 'args');

/** The executable's path may hold blanks, so it is asked apart and stands last. */
export const PS_NAME_COLUMNS = columns('pid', 'lstart', 'comm');

function columns(...names: string[]): string[] {
  return names.flatMap((name) => ['-o', `${name}=`]);
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Sat Nov 21 18:25:53 2026`, in UTC because ps ran with `TZ=UTC LC_ALL=C`. */
const START = '[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\\d{1,2}) (\\d\\d):(\\d\\d):(\\d\\d) (\\d{4})';
const ROW = new RegExp(`^ *(\\d+) +(\\d+) +(-?\\d+) +(\\S+) +${START}(?: +(.*))?$`);
const NAME_ROW = new RegExp(`^ *(\\d+) +${START} +(.*\\S) *$`);

/**
 * Processes by pid. A pid that is listed twice is left out: one of its lines came out of another process's arguments.
 */
export function parsePs(text: string): Map<number, PsRow> {
  return uniqueByPid(text, ROW, (match) => ({
    pid: Number(match[1]),
    ppid: Number(match[2]),
    // The kernel's number is unsigned; ps shows nobody as -2.
    uid: Number(match[3]) >>> 0,
    stat: match[4] ?? '',
    startedAt: toIso(match.slice(5, 11)),
    args: match[11] ?? '',
  }));
}

/** Paths of executables by pid, with the start time that tells a reused pid apart. */
export function parsePsNames(text: string): Map<number, { startedAt: string; command: string }> {
  return uniqueByPid(text, NAME_ROW, (match) => ({ startedAt: toIso(match.slice(2, 8)), command: match[8] ?? '' }));
}

function uniqueByPid<Row>(text: string, pattern: RegExp, make: (match: RegExpExecArray) => Row): Map<number, Row> {
  const rows = new Map<number, Row>();
  const twice = new Set<number>();
  for (const line of text.split('\n')) {
    const match = pattern.exec(line);
    if (match === null) continue;
    const pid = Number(match[1]);
    if (rows.has(pid)) twice.add(pid);
    rows.set(pid, make(match));
  }
  for (const pid of twice) rows.delete(pid);
  return rows;
}

function toIso([month = '', day, hour, minute, second, year]: string[]): string {
  const time = Date.UTC(Number(year), MONTHS.indexOf(month), Number(day), Number(hour), Number(minute), Number(second));
  return new Date(time).toISOString();
}
