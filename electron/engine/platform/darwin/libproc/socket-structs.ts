import type { Endpoint, TcpState } from '../../types.ts';
import { FD_INFO, SOCKET_INFO } from './layout.ts';

/** TSI_S_CLOSED to TSI_S_TIME_WAIT of proc_info.h, which are the numbers of bsd/netinet/tcp_fsm.h. */
const STATES: readonly TcpState[] = [
  'CLOSED',
  'LISTEN',
  'SYN_SENT',
  'SYN_RECEIVED',
  'ESTABLISHED',
  'CLOSE_WAIT',
  'FIN_WAIT_1',
  'CLOSING',
  'LAST_ACK',
  'FIN_WAIT_2',
  'TIME_WAIT',
];

const AF_INET = 2;
const AF_INET6 = 30;
const SOCK_STREAM = 1;
const IPPROTO_TCP = 6;

const KIND_GENERIC = 0;
const KIND_IN = 1;
const KIND_TCP = 2;
/** SOCKINFO_VSOCK, the last kind in proc_info.h. */
const MAX_KIND = 7;

/** PROX_FDTYPE_SOCKET of proc_info.h. */
const TYPE_SOCKET = 2;

const VFLAG_IPV4 = 0x1;
const VFLAG_IPV6 = 0x2;

/** A TCP socket as socket_fdinfo describes it. */
export interface TcpSocket {
  /** A hash of the kernel's address of it: the same whoever holds it, and no other socket's at the same time. */
  id: string;
  state: TcpState;
  local: Endpoint;
  remote: Endpoint | null;
  /** Bytes that came in and were not read. */
  unread: number;
  /** Connections that are complete and wait to be accepted; `null` when it is no listener. */
  backlog: number | null;
}

/** `portless`: TCP, but bound to no port yet. `other`: no TCP socket. */
export type DecodedSocket = TcpSocket | 'portless' | 'other';

/** The descriptors that are sockets, from a list of proc_fdinfo; `null` when the bytes are no such list. */
export function decodeSocketFds(data: Buffer): number[] | null {
  if (data.length % FD_INFO.size !== 0) return null;
  const fds: number[] = [];
  for (let at = 0; at < data.length; at += FD_INFO.size) {
    const fd = data.readInt32LE(at + FD_INFO.proc_fd);
    if (fd < 0) return null;
    if (data.readUInt32LE(at + FD_INFO.proc_fdtype) === TYPE_SOCKET) fds.push(fd);
  }
  return fds;
}

/** `null` unless the bytes are exactly one struct with credible contents. */
export function decodeSocket(data: Buffer): DecodedSocket | null {
  if (data.length !== SOCKET_INFO.size) return null;
  const kind = data.readInt32LE(SOCKET_INFO.soi_kind);
  const family = data.readInt32LE(SOCKET_INFO.soi_family);
  if (kind < KIND_GENERIC || kind > MAX_KIND || family < 0) return null;
  const internet = family === AF_INET || family === AF_INET6;
  if (kind === KIND_IN || kind === KIND_TCP) {
    if (!internet) return null;
    if (kind === KIND_TCP) return decodeTcp(data, family, data.readInt32LE(SOCKET_INFO.tcpsi_state));
    // Its TCP control block has gone, and with it the state: closed for good, and still held.
    return isTcp(data) ? decodeTcp(data, family, 0) : 'other';
  }
  return 'other';
}

function isTcp(data: Buffer): boolean {
  return (
    data.readInt32LE(SOCKET_INFO.soi_type) === SOCK_STREAM && data.readInt32LE(SOCKET_INFO.soi_protocol) === IPPROTO_TCP
  );
}

function decodeTcp(data: Buffer, family: number, code: number): DecodedSocket | null {
  const state = STATES[code];
  const localPort = decodePort(data, SOCKET_INFO.insi_lport);
  const remotePort = decodePort(data, SOCKET_INFO.insi_fport);
  const waiting = data.readInt16LE(SOCKET_INFO.soi_qlen);
  const halfOpen = data.readInt16LE(SOCKET_INFO.soi_incqlen);
  if (!isTcp(data) || state === undefined || localPort === null || remotePort === null) return null;
  if (waiting < 0 || halfOpen < 0) return null;
  if (localPort === 0) return 'portless';

  const flags = data.readUInt8(SOCKET_INFO.insi_vflag);
  const ipv4 = (flags & VFLAG_IPV4) !== 0;
  // A socket for both kinds of addresses has both flags until it is bound to an address or connected.
  if (!ipv4 && (flags & VFLAG_IPV6) === 0) return null;
  if (family === AF_INET && !ipv4) return null;
  const address = (offset: number) => (ipv4 ? decodeIpv4(data, offset) : decodeIpv6(data, offset));
  return {
    id: data.readBigUInt64LE(SOCKET_INFO.soi_so).toString(16),
    state,
    local: { address: address(SOCKET_INFO.insi_laddr), port: localPort },
    remote:
      state === 'LISTEN' || remotePort === 0 ? null : { address: address(SOCKET_INFO.insi_faddr), port: remotePort },
    unread: data.readUInt32LE(SOCKET_INFO.soi_rcv_sbi_cc),
    // The kernel counts the half-open ones within the queue; those wait for their peer and not for the listener.
    backlog: state === 'LISTEN' ? Math.max(0, waiting - halfOpen) : null,
  };
}

/** 16 bits in network order at the start of an int whose other half is empty (bsd/kern/socket_info.c). */
function decodePort(data: Buffer, offset: number): number | null {
  return data.readUInt16LE(offset + 2) === 0 ? data.readUInt16BE(offset) : null;
}

/** An IPv4 address stands in the last 4 of the 16 bytes (struct in4in6_addr). */
function decodeIpv4(data: Buffer, offset: number): string {
  const bytes = [...data.subarray(offset + 12, offset + 16)];
  return bytes.every((byte) => byte === 0) ? '*' : bytes.join('.');
}

function decodeIpv6(data: Buffer, offset: number): string {
  const groups = Array.from({ length: 8 }, (_, index) => data.readUInt16BE(offset + 2 * index));
  if (groups.every((group) => group === 0)) return '*';
  const [first = 0, , , , , mark] = groups;
  if (mark === 0xffff && groups.slice(0, 5).every((group) => group === 0)) return decodeIpv4(data, offset);
  // The kernel keeps the number of the interface within a link-local address (bsd/netinet6/scope6.c); it is no part of it.
  if ((first & 0xffc0) === 0xfe80) groups[1] = 0;
  return spellIpv6(groups);
}

/** RFC 5952: the first longest run of two or more zero groups becomes `::`. */
function spellIpv6(groups: readonly number[]): string {
  let start = -1;
  let length = 1;
  for (const [index] of groups.entries()) {
    let end = index;
    while (groups[end] === 0) end += 1;
    if (end - index > length) {
      start = index;
      length = end - index;
    }
  }
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  return start < 0 ? text(groups) : `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}
