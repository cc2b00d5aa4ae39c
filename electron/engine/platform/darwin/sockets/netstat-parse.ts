import { parseColonEndpoint, parseDotEndpoint } from '../../sockets/addresses.ts';
import { parseTcpState } from '../../sockets/tcp-states.ts';
import type { Endpoint, Parsed, TcpRow } from '../../types.ts';

/** What netstat printed: rows, and what it said. */
export interface NetstatTable extends Parsed<TcpRow> {
  /** It printed a table at all: its header, or a row. */
  printed: boolean;
  /** It said that sockets came or went while it listed them. */
  moved: boolean;
}

const STATE =
  'CLOSED|CLOSE_WAIT|CLOSE|LISTEN|SYN_SENT|SYN_RCVD|SYN_RECEIVED|SYN_RECV|ESTABLISHED|FIN_WAIT_?1|FIN_WAIT_?2|CLOSING|LAST_ACK|TIME_WAIT';

/** Protocol, queues, addresses (which may touch), the first word that is a state, and what follows it. */
const ROW = new RegExp(`^tcp\\w*\\s+(\\d+)\\s+(\\d+)\\s+(.*?)\\s*(${STATE})(?=\\s|$)(.*)$`);

const NO_ROW = /^(?:Active |Proto\s|Some |udp|icm|\()/;

/**
 * The rows of `netstat -an` on macOS, also with `-b` or `-l`, and of netstat on Linux. Columns are told apart by what stands in them
 * and by the header's words, never by their position. A listener's Recv-Q is its backlog on Linux only.
 */
export function parseNetstat(text: string): NetstatTable {
  const table = { rows: [] as TcpRow[], unreadable: 0, printed: false, moved: false };
  let columns: Columns = NO_COLUMNS;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    if (/^Some tcp sockets may have been (?:created|deleted)/.test(line)) table.moved = true;
    if (/^Proto\s/.test(line)) {
      table.printed = true;
      columns = readHeader(line);
    }
    if (NO_ROW.test(line)) continue;
    const row = parseRow(line, columns);
    if (row === 'unreadable') table.unreadable += 1;
    else {
      table.printed = true;
      if (row !== 'portless') table.rows.push(row);
    }
  }
  return table;
}

/** Where `rxbytes` stands among the words before and after the state; -1 when it does not. */
interface Columns {
  before: number;
  after: number;
}

const NO_COLUMNS: Columns = { before: -1, after: -1 };

function readHeader(line: string): Columns {
  const match = /Foreign Address(.*?)\(?state\)?(.*)$/i.exec(line);
  const words = (part: string | undefined): string[] => (part ?? '').split(/\s+/).filter((word) => word !== '');
  return { before: words(match?.[1]).indexOf('rxbytes'), after: words(match?.[2]).indexOf('rxbytes') };
}

function parseRow(line: string, columns: Columns): TcpRow | 'portless' | 'unreadable' {
  const match = ROW.exec(line);
  if (match === null) return 'unreadable';
  const state = parseTcpState(match[4] ?? '');
  const words = (match[3] ?? '').split(/\s+/);
  const pair = words.length === 1 ? splitTouching(words[0] ?? '') : { local: words[0] ?? '', remote: words[1] ?? '' };
  if (state === null || pair === null) return 'unreadable';
  const [local, remote] = [parseEndpoint(pair.local), parseEndpoint(pair.remote)];
  if (local === null || remote === null) return 'unreadable';
  if (local === 'portless') return 'portless';

  const bytes = columns.before >= 0 ? words[2 + columns.before] : (match[5] ?? '').trim().split(/\s+/)[columns.after];
  const onMac = parseDotEndpoint(pair.local) !== null;
  return {
    state,
    local,
    remote: state === 'LISTEN' || remote === 'portless' ? null : remote,
    recvQ: state === 'LISTEN' && onMac ? null : Number(match[1]),
    lastSegmentMs: null,
    bytesReceived: state !== 'LISTEN' && bytes !== undefined && /^\d+$/.test(bytes) ? Number(bytes) : null,
    uid: null,
    inode: null,
  };
}

function parseEndpoint(text: string): Endpoint | 'portless' | null {
  return parseDotEndpoint(text) ?? parseColonEndpoint(text);
}

/** Two addresses without a blank between them, if there is exactly one way to read them. */
function splitTouching(text: string): { local: string; remote: string } | null {
  if (text.length > 200) return null;
  const found: { local: string; remote: string }[] = [];
  for (let at = 1; at < text.length; at += 1) {
    const pair = { local: text.slice(0, at), remote: text.slice(at) };
    if (isStrict(pair.local) && isStrict(pair.remote)) found.push(pair);
  }
  return found.length === 1 ? (found[0] ?? null) : null;
}

/** A port without leading zeros behind `*`, four numbers up to 255, or groups of at most four hexadecimal digits. */
function isStrict(text: string): boolean {
  const match = /^(.+)\.([1-9]\d{0,4}|\*)$/.exec(text);
  const address = (match?.[1] ?? '').replace(/%\w*$/, '');
  if (match === null || (match[2] !== '*' && Number(match[2]) > 65_535)) return false;
  if (address === '*') return true;
  if (address.includes(':')) return address.split(':').every((group) => /^[\da-f]{0,4}$/.test(group));
  const numbers = address.split('.');
  return (
    numbers.length === 4 && numbers.every((number) => /^(?:0|[1-9]\d{0,2})$/.test(number) && Number(number) <= 255)
  );
}
