import { normaliseAddress, parsePort } from '../../sockets/addresses.ts';
import type { Endpoint, Parsed, TcpRow, TcpState } from '../../types.ts';

/** The kernel's numbers for TCP states (include/net/tcp_states.h). */
const STATES: Readonly<Record<string, TcpState>> = {
  '01': 'ESTABLISHED',
  '02': 'SYN_SENT',
  '03': 'SYN_RECEIVED',
  '04': 'FIN_WAIT_1',
  '05': 'FIN_WAIT_2',
  '06': 'TIME_WAIT',
  '07': 'CLOSED',
  '08': 'CLOSE_WAIT',
  '09': 'LAST_ACK',
  '0A': 'LISTEN',
  '0B': 'CLOSING',
  '0C': 'SYN_RECEIVED',
};

const ROW =
  /^\s*\d+:\s+([\dA-F]{8}|[\dA-F]{32}):([\dA-F]{4})\s+([\dA-F]{8}|[\dA-F]{32}):([\dA-F]{4})\s+([\dA-F]{2})\s+[\dA-F]{8}:([\dA-F]{8})\s+[\dA-F]{2}:[\dA-F]{8}\s+[\dA-F]{8}\s+(\d+)\s+\d+\s+(\d+)(?:\s|$)/;

/** The rows of `/proc/net/tcp` or `/proc/net/tcp6` as a little-endian machine writes them. */
export function parseProcNetTcp(text: string): Parsed<TcpRow> {
  const rows: TcpRow[] = [];
  let unreadable = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '' || /^\s*sl\s+local_address/.test(line)) continue;
    const row = parseRow(line);
    if (row === 'unreadable') unreadable += 1;
    else if (row !== 'portless') rows.push(row);
  }
  return { rows, unreadable };
}

function parseRow(line: string): TcpRow | 'portless' | 'unreadable' {
  const match = ROW.exec(line);
  if (match === null) return 'unreadable';
  const [, localAddress = '', localPort = '', remoteAddress = '', remotePort = '', code = '', queue = ''] = match;
  const state = STATES[code];
  if (state === undefined) return 'unreadable';
  const local = endpoint(localAddress, localPort);
  if (local === null) return 'portless';
  const inode = Number(match[8]) || null;
  return {
    state,
    local,
    remote: state === 'LISTEN' ? null : endpoint(remoteAddress, remotePort),
    recvQ: Number.parseInt(queue, 16),
    lastSegmentMs: null,
    bytesReceived: null,
    uid: inode === null ? null : Number(match[7]),
    inode,
  };
}

function endpoint(address: string, port: string): Endpoint | null {
  const number = parsePort(String(Number.parseInt(port, 16)));
  return number === null ? null : { address: normaliseAddress(readable(address)), port: number };
}

/** Converts hexadecimal words in the machine's byte order to the spelling of all other tools. */
function readable(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) =>
    (word.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)).reverse(),
  );
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0));
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${bytes.slice(12).join('.')}`;
  }
  return compressIpv6(groups);
}

/** An IPv6 address of 32 hexadecimal digits in network order, as people write it. */
export function readableIpv6(hex: string): string {
  return compressIpv6((hex.match(/.{4}/g) ?? []).map((group) => Number.parseInt(group, 16)));
}

/** RFC 5952 spelling: the first longest run of two or more zero groups becomes `::`. */
function compressIpv6(groups: readonly number[]): string {
  let start = -1;
  let length = 1;
  for (let index = 0; index < groups.length; index += 1) {
    let end = index;
    while (groups[end] === 0) end += 1;
    if (end - index > length) {
      start = index;
      length = end - index;
    }
  }
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  if (start < 0) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}
