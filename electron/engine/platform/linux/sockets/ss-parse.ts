import { parseColonEndpoint } from '../../sockets/addresses.ts';
import { hasReceivedFin, parseTcpState } from '../../sockets/tcp-states.ts';
import type { Parsed, TcpRow, TcpState } from '../../types.ts';

/** State, both queues and both endpoints; column widths vary, so only the order counts. */
const COLUMNS = /^([A-Z][A-Z\d-]*)\s+(\d+)\s+\d+\s+(\S+)\s+(\S+)(?=\s|$)/;
const COUNT = /^\d+$/;

/** ss's marks for shut-down directions; everything another program can name (cgroup, users) comes before them. */
const SHUTDOWN_MARKS = new Set(['<->', '-->', '<--', '---']);

/**
 * The rows of `ss -tan` with any of `-H`, `-O`, `-e`, `-i`, `-o`, `-p`: details on the row's line or on indented lines
 * below it. A header is skipped; a row without the state column counts as unreadable. A busy host has thousands of
 * rows, so details are found by index and not by patterns.
 */
export function parseSs(text: string): Parsed<TcpRow> {
  const rows: TcpRow[] = [];
  let unreadable = 0;
  for (const record of records(text)) {
    const row = parseRecord(record);
    if (row === 'unreadable') unreadable += 1;
    else if (row !== 'portless') rows.push(row);
  }
  return { rows, unreadable };
}

interface SsRecord {
  head: string;
  /** Details from continuation lines. */
  below: string;
}

function records(text: string): SsRecord[] {
  const found: SsRecord[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || isHeader(line)) continue;
    const indented = isBlank(line.charCodeAt(0));
    if (indented && line.trim() === '') continue;
    const last = found.at(-1);
    if (indented && last !== undefined) last.below += ` ${line.trim()}`;
    else found.push({ head: line.trimEnd(), below: '' });
  }
  return found;
}

function isHeader(line: string): boolean {
  return (line.startsWith('State') || line.startsWith('Recv-Q')) && /^(State\s+)?Recv-Q\s+Send-Q\s/.test(line);
}

function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

function parseRecord({ head, below }: SsRecord): TcpRow | 'portless' | 'unreadable' {
  const match = COLUMNS.exec(head);
  if (match === null) return 'unreadable';
  const [columns, stateText = '', recvQ = '', localText = '', remoteText = ''] = match;
  const state = parseTcpState(stateText);
  if (state === null) return 'unreadable';
  const local = parseColonEndpoint(localText);
  const remote = parseColonEndpoint(remoteText);
  if (local === null || remote === null) return 'unreadable';
  if (local === 'portless') return 'portless';
  const far = state === 'LISTEN' || remote === 'portless' ? null : remote;
  return { state, local, remote: far, recvQ: Number(recvQ), ...details(state, head, columns.length, below) };
}

/** The details after the row's columns, which end at `from`. */
function details(
  state: TcpState,
  head: string,
  from: number,
  below: string,
): Pick<TcpRow, 'lastSegmentMs' | 'bytesReceived' | 'dataSegmentsIn' | 'uid' | 'inode'> {
  const mark = lastShutdownMark(head, from);
  const cgroup = head.indexOf(' cgroup:', from);
  const socketEnd = Math.min(mark < 0 ? head.length : mark, cgroup < 0 ? head.length : cgroup);
  // Inode 0: orphaned, or waiting to be accepted. Such a socket has no known user.
  const inode = number(head, 'ino:', from, socketEnd) || null;
  const text = below === '' ? head : head + below;
  const tcp = mark < 0 ? from : mark;
  // `rto:` is in every row that has the kernel's TCP details.
  const known = state !== 'LISTEN' && isAt(text, 'rto:', tcp);
  const dataSegmentsIn = number(text, 'data_segs_in:', tcp);
  return {
    // ss omits these when they are 0, so an absent one means "just now" and proves no age.
    lastSegmentMs: known ? Math.min(number(text, 'lastrcv:', tcp) ?? 0, number(text, 'lastack:', tcp) ?? 0) : null,
    // Linux counts a FIN as a byte.
    bytesReceived: known
      ? Math.max(0, (number(text, 'bytes_received:', tcp) ?? 0) - (hasReceivedFin(state) ? 1 : 0))
      : null,
    ...(dataSegmentsIn === null ? {} : { dataSegmentsIn }),
    // ss leaves uid 0 out.
    uid: inode === null ? null : (number(head, 'uid:', from, socketEnd) ?? 0),
    inode,
  };
}

/** Index of the last shutdown mark's leading blank; -1 without one. */
function lastShutdownMark(text: string, from: number): number {
  let found = -1;
  for (let at = text.indexOf('-', from); at >= 0; at = text.indexOf('-', at + 1)) {
    const end = at + 2;
    if (!isBlank(text.charCodeAt(at - 2)) || (end < text.length && !isBlank(text.charCodeAt(end)))) continue;
    if (SHUTDOWN_MARKS.has(text.slice(at - 1, end))) found = at - 2;
  }
  return found;
}

/** Does a word after `from` start with this label? */
function isAt(text: string, label: string, from: number): boolean {
  for (let at = text.indexOf(label, from); at >= 0; at = text.indexOf(label, at + 1)) {
    if (isBlank(text.charCodeAt(at - 1))) return true;
  }
  return false;
}

/** The integer after a label at the start of a word, up to the next blank; `null` when there is none before `to`. */
function number(text: string, label: string, from: number, to = text.length): number | null {
  for (let at = text.indexOf(label, from); at >= 0 && at < to; at = text.indexOf(label, at + 1)) {
    if (!isBlank(text.charCodeAt(at - 1))) continue;
    const start = at + label.length;
    const blank = text.indexOf(' ', start);
    const digits = text.slice(start, blank < 0 ? text.length : blank);
    if (COUNT.test(digits)) return Number(digits);
  }
  return null;
}
