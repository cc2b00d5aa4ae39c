import { readFileSync } from 'node:fs';

/** A TCP or UDP socket of this Linux machine with addresses and ports in network order. */
export interface LinuxSocket {
  protocol: 'tcp' | 'udp';
  family: 4 | 6;
  local: { address: Buffer; port: number };
  remote: { address: Buffer; port: number };
  /** TSI_S_CLOSED to TSI_S_TIME_WAIT of Apple's proc_info.h. */
  state: number;
  unread: number;
}

/** From Linux's numbers (include/net/tcp_states.h, from 1) to Apple's (bsd/netinet/tcp_fsm.h). */
const STATES = [4, 2, 3, 6, 9, 10, 0, 5, 8, 1, 7, 3];

const CLOSE_WAIT = 5;
const CLOSING = 7;
const LAST_ACK = 8;

let read: Map<number, LinuxSocket> | null = null;

/** The socket with this inode; `null` when the tables do not list it: bound to no port yet, or of another kind. */
export function findSocket(inode: number, procNet: string): LinuxSocket | null {
  if (read === null) {
    read = readTables(procNet);
    // One reading of the tables serves calls in quick succession.
    setImmediate(() => {
      read = null;
    }).unref();
  }
  return read.get(inode) ?? null;
}

function readTables(procNet: string): Map<number, LinuxSocket> {
  const sockets = new Map<number, LinuxSocket>();
  for (const protocol of ['tcp', 'udp'] as const) {
    for (const family of [4, 6] as const) {
      for (const fields of readRows(`${procNet}/${protocol}${family === 6 ? '6' : ''}`)) {
        const inode = Number(fields[9]);
        if (inode > 0) sockets.set(inode, toSocket(protocol, family, fields));
      }
    }
  }
  return sockets;
}

function readRows(path: string): string[][] {
  try {
    const [, ...lines] = readFileSync(path, 'utf8').split('\n');
    return lines.map((line) => line.trim().split(/\s+/)).filter((fields) => fields.length > 9);
  } catch {
    return [];
  }
}

function toSocket(protocol: 'tcp' | 'udp', family: 4 | 6, fields: string[]): LinuxSocket {
  const state = protocol === 'tcp' ? (STATES[Number.parseInt(fields[3] ?? '', 16) - 1] ?? 0) : 0;
  const queued = Number.parseInt(fields[4]?.split(':')[1] ?? '0', 16);
  // Linux counts the other end's FIN as one unread byte; macOS counts bytes alone.
  const fin = [CLOSE_WAIT, CLOSING, LAST_ACK].includes(state) && queued > 0 ? 1 : 0;
  return {
    protocol,
    family,
    local: endpoint(fields[1] ?? ''),
    remote: endpoint(fields[2] ?? ''),
    state,
    unread: queued - fin,
  };
}

/** The kernel prints each 4 bytes of an address as one number of the machine's own order. */
function endpoint(text: string): { address: Buffer; port: number } {
  const [words = '', port = ''] = text.split(':');
  const bytes = (words.match(/.{8}/g) ?? []).map((word) => Buffer.from(word, 'hex').reverse());
  return { address: Buffer.concat(bytes), port: Number.parseInt(port, 16) };
}
