import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LinuxProcess } from './linux.ts';
import { startOf } from './linux.ts';
import type { LinuxSocket } from './linux-sockets.ts';

/** Sizes and offsets as the C compiler gives them, not as the product believes them. */
const FILE = join(import.meta.dirname, '../../../fixtures/macos/libproc/layout.json');
const { structs } = JSON.parse(readFileSync(FILE, 'utf8')) as { structs: Record<string, Record<string, number>> };

/** The size or an offset of a struct. */
export function at(struct: string, field: string): number {
  const offset = structs[struct]?.[field];
  if (offset === undefined) throw new Error(`layout.c knows no ${struct}.${field}`);
  return offset;
}

function blank(struct: string): { data: Buffer; of: (field: string) => number } {
  return { data: Buffer.alloc(at(struct, 'size')), of: (field) => at(struct, field) };
}

/** SRUN, SSTOP and SZOMB of Apple's sys/proc.h; macOS calls a sleeping process runnable. */
const statusOf = ({ zombie, stopped }: LinuxProcess): number => (zombie ? 5 : stopped ? 4 : 2);

const SESSION_LEADER = 0x20;
const LP64 = 0x10;
const EXEC = 0x4000;

/** Cut so that a NUL follows, as the kernel cuts. */
function writeName(data: Buffer, offset: number, size: number, name: string): void {
  Buffer.from(name).copy(data, offset, 0, size - 1);
}

export function shortInfo(process: LinuxProcess): Buffer {
  const { data, of } = blank('SHORT_INFO');
  data.writeUInt32LE(process.pid, of('pbsi_pid'));
  data.writeUInt32LE(process.ppid, of('pbsi_ppid'));
  data.writeUInt32LE(statusOf(process), of('pbsi_status'));
  writeName(data, of('pbsi_comm'), 16, process.name);
  // The session's leader is not filled in, as on a Mac.
  data.writeUInt32LE(LP64 | EXEC, of('pbsi_flags'));
  data.writeUInt32LE(process.uids[0], of('pbsi_uid'));
  return data;
}

export function bsdInfo(process: LinuxProcess): Buffer {
  const { data, of } = blank('BSD_INFO');
  const { seconds, microseconds } = startOf(process);
  data.writeUInt32LE(LP64 | EXEC | (process.sessionLeader ? SESSION_LEADER : 0), of('pbi_flags'));
  data.writeUInt32LE(statusOf(process), of('pbi_status'));
  data.writeUInt32LE(process.pid, of('pbi_pid'));
  data.writeUInt32LE(process.ppid, of('pbi_ppid'));
  data.writeUInt32LE(process.uids[0], of('pbi_uid'));
  writeName(data, of('pbi_comm'), 16, process.name);
  writeName(data, of('pbi_name'), 32, process.name);
  data.writeBigUInt64LE(BigInt(seconds), of('pbi_start_tvsec'));
  data.writeBigUInt64LE(BigInt(microseconds), of('pbi_start_tvusec'));
  return data;
}

export function uniqueInfo(uniqueId: bigint, version: number): Buffer {
  const { data, of } = blank('UNIQUE_INFO');
  data.writeBigUInt64LE(uniqueId, of('p_uniqueid'));
  data.writeInt32LE(version, of('p_idversion'));
  return data;
}

export function kernelInfo(process: LinuxProcess): Buffer {
  const { data, of } = blank('KINFO');
  const { seconds, microseconds } = startOf(process);
  data.writeBigInt64LE(BigInt(seconds), of('p_starttime_sec'));
  data.writeInt32LE(microseconds, of('p_starttime_usec'));
  data.writeInt8(statusOf(process), of('p_stat'));
  data.writeInt32LE(process.pid, of('p_pid'));
  data.writeUInt32LE(process.uids[0], of('cr_uid'));
  data.writeInt32LE(process.ppid, of('e_ppid'));
  data.writeInt32LE(process.sessionLeader ? 0x02 : 0, of('e_flag'));
  return data;
}

/** PROX_FDTYPE_… of proc_info.h for what a descriptor of Linux points to. */
export function fdInfo(fd: number, target: string): Buffer {
  const { data, of } = blank('FD_INFO');
  const type = target.startsWith('socket:')
    ? 2
    : target.startsWith('pipe:')
      ? 6
      : target.startsWith('anon_inode:')
        ? 5
        : 1;
  data.writeInt32LE(fd, of('proc_fd'));
  data.writeUInt32LE(type, of('proc_fdtype'));
  return data;
}

/** `socket` is `null` for one that the kernel's tables do not list: a TCP socket that is not bound yet. */
export function socketInfo(inode: number, socket: LinuxSocket | null): Buffer {
  const { data, of } = blank('SOCKET_INFO');
  const udp = socket?.protocol === 'udp';
  const six = socket?.family === 6;
  // As the real ones: no address of the kernel, but the same for every holder of the socket.
  data.writeBigUInt64LE(BigInt.asUintN(64, BigInt(inode) * 0x9e37_79b9_7f4a_7c15n), of('soi_so'));
  data.writeInt32LE(udp ? 2 : 1, of('soi_type'));
  data.writeInt32LE(udp ? 17 : 6, of('soi_protocol'));
  data.writeInt32LE(six ? 30 : 2, of('soi_family'));
  data.writeInt32LE(udp ? 1 : 2, of('soi_kind'));
  data.writeUInt8(socket === null ? 1 : versionFlags(socket), of('insi_vflag'));
  if (socket === null) return data;
  const listens = socket.state === 1;
  data.writeInt16LE(listens ? socket.unread : 0, of('soi_qlen'));
  data.writeUInt32LE(listens ? 0 : socket.unread, of('soi_rcv_sbi_cc'));
  data.writeUInt16BE(socket.local.port, of('insi_lport'));
  data.writeUInt16BE(socket.remote.port, of('insi_fport'));
  writeAddress(data, of('insi_laddr'), socket.local.address);
  writeAddress(data, of('insi_faddr'), socket.remote.address);
  if (!udp) data.writeInt32LE(socket.state, of('tcpsi_state'));
  return data;
}

const IPV4 = 1;
const IPV6 = 2;

function isMapped(address: Buffer): boolean {
  return address.length === 16 && address.subarray(0, 12).equals(Buffer.from('00000000000000000000ffff', 'hex'));
}

function versionFlags({ family, local }: LinuxSocket): number {
  if (family === 4 || isMapped(local.address)) return IPV4;
  // A socket on any address serves both, as sockets of Java, Python and Node do.
  return local.address.every((byte) => byte === 0) ? IPV4 | IPV6 : IPV6;
}

/** An IPv4 address, a mapped one too, takes the last 4 of the 16 bytes, and the others are empty. */
function writeAddress(data: Buffer, offset: number, address: Buffer): void {
  if (address.length === 4 || isMapped(address)) address.subarray(-4).copy(data, offset + 12);
  else address.copy(data, offset);
}
