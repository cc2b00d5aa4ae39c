import { parseColonEndpoint } from './addresses.ts';
import { hasReceivedFin, parseTcpState } from './tcp-states.ts';
import type { Endpoint, Parsed, TcpRow, TcpState } from './types.ts';

/** State, both queues and both endpoints; columns are as wide as their content, so only their order counts. */
const ROW = /^([A-Z][A-Z\d-]*)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+)(?:\s+(.*))?$/;

/** How ss marks which directions are shut; everything that another program can name (cgroup, users) stands before it. */
const SHUTDOWN_MARK = /\s[<-]-[->](?=\s|$)/g;

/**
 * The rows of `ss -tan` with any of `-H`, `-O`, `-e`, `-i`, `-o`, `-p`: details on the row's line or on indented lines below it.
 * A header is skipped; output that lacks the state column is counted as unreadable.
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
    if (line.trim() === '' || isHeader(line)) continue;
    const last = found.at(-1);
    if (/^\s/.test(line) && last !== undefined) last.below += ` ${line.trim()}`;
    else found.push({ head: line.trimEnd(), below: '' });
  }
  return found;
}

function isHeader(line: string): boolean {
  return /^(State\s+)?Recv-Q\s+Send-Q\s/.test(line);
}

function parseRecord({ head, below }: SsRecord): TcpRow | 'portless' | 'unreadable' {
  const match = ROW.exec(head);
  const state = parseTcpState(match?.[1] ?? '');
  const local = parseColonEndpoint(match?.[4] ?? '');
  const remote = parseColonEndpoint(match?.[5] ?? '');
  if (state === null || local === null || remote === null) return 'unreadable';
  if (local === 'portless') return 'portless';
  const far = state === 'LISTEN' || remote === 'portless' ? null : remote;
  return row(state, Number(match?.[2]), local, far, match?.[6] ?? '', below);
}

function row(
  state: TcpState,
  recvQ: number,
  local: Endpoint,
  remote: Endpoint | null,
  beside: string,
  below: string,
): TcpRow {
  const mark = [...` ${beside}`.matchAll(SHUTDOWN_MARK)].at(-1)?.index;
  const about = mark === undefined ? ` ${beside}` : ` ${beside}`.slice(0, mark);
  const info = `${mark === undefined ? beside : beside.slice(mark)} ${below}`;
  const extended = / ino:(\d+)/.exec(about.replace(/ cgroup:.*$/, ''));
  const inode = Number(extended?.[1] ?? 0) || null;
  return {
    state,
    local,
    remote,
    recvQ,
    lastSegmentMs: lastSegment(state, info),
    bytesReceived: bytesReceived(state, info),
    // ss leaves uid 0 out; a socket without an inode (orphaned, or waiting to be accepted) has no user that could be told.
    uid: inode === null ? null : Number(/ uid:(\d+)/.exec(about.replace(/ cgroup:.*$/, ''))?.[1] ?? 0),
    inode,
  };
}

/** `rto:` stands in every row for which the kernel gave TCP details. */
function hasInfo(state: TcpState, info: string): boolean {
  return state !== 'LISTEN' && / rto:\d/.test(` ${info}`);
}

function lastSegment(state: TcpState, info: string): number | null {
  if (!hasInfo(state, info)) return null;
  // ss prints these only when they are not 0, so an absent one is "just now" and proves no age.
  return Math.min(field(info, 'lastrcv'), field(info, 'lastack'));
}

function bytesReceived(state: TcpState, info: string): number | null {
  if (!hasInfo(state, info)) return null;
  const count = field(info, 'bytes_received');
  return hasReceivedFin(state) ? Math.max(0, count - 1) : count;
}

function field(info: string, name: string): number {
  return Number(new RegExp(` ${name}:(\\d+)(?= |$)`).exec(` ${info} `)?.[1] ?? 0);
}
