import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../until.ts';
import { hostNetwork, type Network } from './network.ts';

export type SocketState =
  | 'ESTABLISHED'
  | 'SYN_SENT'
  | 'SYN_RECEIVED'
  | 'FIN_WAIT_1'
  | 'FIN_WAIT_2'
  | 'TIME_WAIT'
  | 'CLOSED'
  | 'CLOSE_WAIT'
  | 'LAST_ACK'
  | 'LISTEN'
  | 'CLOSING';

/** One socket as the kernel shows it, read without the product's readers, which are being tested. */
export interface KernelSocket {
  family: 4 | 6;
  state: SocketState;
  local: { address: string; port: number };
  remote: { address: string; port: number };
  recvQ: number;
  /** 0 when no process owns it: an orphan, or still in an accept backlog. `null` on macOS. */
  inode: number | null;
}

// In the order of the kernel's numbers, from 1 (include/net/tcp_states.h); 12 is a request that is not a socket yet.
const LINUX_STATES: readonly SocketState[] = [
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECEIVED',
  'FIN_WAIT_1',
  'FIN_WAIT_2',
  'TIME_WAIT',
  'CLOSED',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
  'SYN_RECEIVED',
];

const MAC_STATES: Readonly<Record<string, SocketState>> = { SYN_RCVD: 'SYN_RECEIVED', SYN_RECEIVED: 'SYN_RECEIVED' };

function linuxEnd(text: string): { address: string; port: number } {
  const [hex = '', port = ''] = text.split(':');
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, 'hex').reverse()]);
  const v4 = bytes.slice(-4).join('.');
  if (bytes.length === 4) return { address: v4, port: Number.parseInt(port, 16) };
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255;
  const groups = Array.from({ length: 8 }, (_, at) =>
    (((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)).toString(16),
  );
  const plain = groups.join(':').replace(/(^|:)0(:0)+(:|$)/, '::');
  return { address: mapped ? `::ffff:${v4}` : plain, port: Number.parseInt(port, 16) };
}

function readLinux(text: string, family: 4 | 6): KernelSocket[] {
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields.length > 9)
    .map((fields) => ({
      family,
      local: linuxEnd(fields[1] ?? ''),
      remote: linuxEnd(fields[2] ?? ''),
      state: LINUX_STATES[Number.parseInt(fields[3] ?? '', 16) - 1] ?? 'CLOSED',
      recvQ: Number.parseInt((fields[4] ?? '').split(':')[1] ?? '', 16),
      inode: Number(fields[9]),
    }));
}

function macEnd(text: string): { address: string; port: number } {
  const dot = text.lastIndexOf('.');
  return { address: text.slice(0, dot), port: Number(text.slice(dot + 1)) || 0 };
}

function readMac(text: string): KernelSocket[] {
  return [...text.matchAll(/^tcp(\d+)\s+(\d+)\s+\d+\s+(\S+)\s+(\S+)\s+([A-Z]\w+)/gm)].map((found) => ({
    family: found[1] === '4' ? 4 : 6,
    local: macEnd(found[3] ?? ''),
    remote: macEnd(found[4] ?? ''),
    state: MAC_STATES[found[5] ?? ''] ?? (found[5] as SocketState),
    recvQ: Number(found[2]),
    inode: null,
  }));
}

/** Every TCP socket of the network, IPv4 and IPv6. */
export async function readSockets(network: Network = hostNetwork): Promise<KernelSocket[]> {
  if (process.platform === 'darwin') {
    return readMac(spawnSync('/usr/sbin/netstat', ['-an', '-p', 'tcp'], { encoding: 'utf8', timeout: 10_000 }).stdout);
  }
  const tables = await Promise.all([
    readFile(join(network.tables, 'tcp'), 'utf8'),
    readFile(join(network.tables, 'tcp6'), 'utf8').catch(() => ''),
  ]);
  return [...readLinux(tables[0], 4), ...readLinux(tables[1], 6)];
}

/** What to look for: the ends by port, and the state. */
export interface SocketWanted {
  local?: number;
  remote?: number;
  state?: SocketState;
}

/** The sockets that match. */
export async function findSockets(wanted: SocketWanted, network: Network = hostNetwork): Promise<KernelSocket[]> {
  return (await readSockets(network)).filter(
    (socket) =>
      (wanted.local === undefined || socket.local.port === wanted.local) &&
      (wanted.remote === undefined || socket.remote.port === wanted.remote) &&
      (wanted.state === undefined || socket.state === wanted.state),
  );
}

/** Waits until the kernel shows every wanted socket. */
export async function untilSockets(wanted: readonly SocketWanted[], network: Network = hostNetwork): Promise<void> {
  const shown = async () => {
    const sockets = await readSockets(network);
    return wanted.every((one) =>
      sockets.some(
        (socket) =>
          socket.state === (one.state ?? socket.state) &&
          socket.local.port === (one.local ?? socket.local.port) &&
          socket.remote.port === (one.remote ?? socket.remote.port),
      ),
    );
  };
  await until(shown, { what: `sockets ${JSON.stringify(wanted)}` });
}
