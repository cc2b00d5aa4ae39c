import { describe, expect, it } from 'vitest';
import * as layouts from '../../../../electron/engine/platform/darwin/libproc/layout.ts';
import {
  decodeBsdInfo,
  decodeKernelInfo,
  decodeKernelInfos,
  decodePids,
  decodeShortInfo,
  decodeUniqueInfo,
} from '../../../../electron/engine/platform/darwin/libproc/process-structs.ts';
import { decodeSocket, decodeSocketFds } from '../../../../electron/engine/platform/darwin/libproc/socket-structs.ts';
import { example, layout } from './examples.ts';

const { BSD_INFO, FD_INFO, FLOCK, KINFO, SHORT_INFO, SOCKET_INFO, UNIQUE_INFO } = layouts;

const pids = (...numbers: number[]) => Buffer.from(Int32Array.from(numbers).buffer);

describe('the layouts', () => {
  it('are those that a C compiler gives to the declared structs', () => {
    expect({ SHORT_INFO, BSD_INFO, UNIQUE_INFO, KINFO, FD_INFO, SOCKET_INFO, FLOCK }).toEqual(layout.structs);
  });
});

describe('process structs', () => {
  it('contain what every user may read of a process', () => {
    expect(decodeShortInfo(example('short'))).toEqual({ pid: 4312, ppid: 1, uid: 501, name: 'Python', corpse: false });
    expect(decodeShortInfo(example('shortCorpse'))?.corpse).toBe(true);
  });

  it('contain start, session and the longer name of a process of the user', () => {
    expect(decodeBsdInfo(example('bsd'))).toEqual({
      pid: 4312,
      ppid: 1,
      uid: 501,
      name: 'websocket_server_for_trading',
      corpse: false,
      start: { seconds: 1_795_000_000, microseconds: 123_456 },
      sessionLeader: true,
    });
  });

  it('fall back to the short name where no long one is registered', () => {
    const data = example('bsd');
    data.fill(0, BSD_INFO.pbi_name, BSD_INFO.pbi_name + 32);
    expect(decodeBsdInfo(data)?.name).toBe('websocket_serve');
  });

  it('give a unique id larger than a double can hold exactly', () => {
    expect(decodeUniqueInfo(example('unique'))).toEqual({ uniqueId: 9_007_199_254_740_993n, version: -7 });
  });

  it('contain start and session of every user’s processes, with the effective user instead of the real one', () => {
    expect(decodeKernelInfo(example('kinfo'))).toEqual({
      pid: 77,
      ppid: 70,
      uid: 0,
      start: { seconds: 1_795_000_000, microseconds: 654_321 },
      sessionLeader: true,
    });
  });

  it('are read from an array by pid, which may be empty', () => {
    expect(decodeKernelInfos(Buffer.alloc(0))).toEqual(new Map());
    const other = example('kinfo');
    other.writeInt32LE(78, KINFO.p_pid);
    other.writeInt32LE(0x01, KINFO.e_flag);
    const infos = decodeKernelInfos(Buffer.concat([example('kinfo'), other]));
    expect([...(infos?.keys() ?? [])]).toEqual([77, 78]);
    expect(infos?.get(78)?.sessionLeader).toBe(false);
  });

  it('list each pid once and leave out the kernel’s own', () => {
    expect(decodePids(pids(0, 1, 99_998, 1))).toEqual([1, 99_998]);
    expect(decodePids(Buffer.alloc(0))).toEqual([]);
  });

  it.each([
    ['a missing byte', () => decodeShortInfo(example('short').subarray(1))],
    ['a byte too many', () => decodeBsdInfo(Buffer.concat([example('bsd'), Buffer.alloc(1)]))],
    ['a state that does not exist', () => decodeShortInfo(changed('short', (d) => d.writeUInt32LE(6, 12)))],
    ['pid 0', () => decodeShortInfo(changed('short', (d) => d.writeUInt32LE(0, 0)))],
    ['a name without an end', () => decodeShortInfo(changed('short', (d) => d.fill(0x41, 16, 32)))],
    ['a million microseconds', () => decodeBsdInfo(changed('bsd', (d) => d.writeBigUInt64LE(1_000_000n, 128)))],
    ['a start beyond all dates', () => decodeBsdInfo(changed('bsd', (d) => d.writeBigUInt64LE(1n << 60n, 120)))],
    ['no unique id', () => decodeUniqueInfo(changed('unique', (d) => d.fill(0, 16, 24)))],
    ['a negative pid in a list', () => decodePids(pids(1, -5))],
    ['half a pid', () => decodePids(Buffer.alloc(6))],
    ['half a kinfo_proc', () => decodeKernelInfos(Buffer.alloc(700))],
    ['a start before 1970', () => decodeKernelInfo(changed('kinfo', (d) => d.writeBigInt64LE(-1n, 0)))],
  ])('are refused for %s', (_, decode) => {
    expect(decode()).toBeNull();
  });
});

describe('socket structs', () => {
  it('contain a zombie’s endpoints, state and unread bytes', () => {
    expect(decodeSocket(example('closeWait'))).toEqual({
      id: '1f2e3d4c5b6a7988',
      state: 'CLOSE_WAIT',
      local: { address: '127.0.0.1', port: 4002 },
      remote: { address: '127.0.0.1', port: 51_000 },
      unread: 17,
      backlog: null,
    });
  });

  it('show a v4-mapped session of an IPv6 socket with its IPv4 addresses', () => {
    expect(decodeSocket(example('mapped'))).toMatchObject({
      state: 'ESTABLISHED',
      local: { address: '127.0.0.1', port: 4002 },
    });
  });

  it('count only complete connections as backlog', () => {
    expect(decodeSocket(example('listener'))).toMatchObject({
      state: 'LISTEN',
      local: { address: '*', port: 7497 },
      remote: null,
      backlog: 3,
    });
  });

  it('leave the interface’s number out of a link-local address', () => {
    expect(decodeSocket(example('linkLocal'))).toMatchObject({
      local: { address: 'fe80::1c2b:0:0:9', port: 4001 },
      remote: { address: 'fe80::1c2b:0:0:9', port: 443 },
    });
  });

  it('call a TCP socket without its control block closed', () => {
    expect(decodeSocket(example('withoutControlBlock'))).toMatchObject({ state: 'CLOSED', local: { port: 4002 } });
  });

  it('distinguish TCP sockets from others and from those without a port', () => {
    expect(decodeSocket(example('portless'))).toBe('portless');
    expect(decodeSocket(example('udp'))).toBe('other');
    expect(decodeSocket(example('unix'))).toBe('other');
  });

  it('list the descriptors that are sockets', () => {
    expect(decodeSocketFds(example('fds'))).toEqual([7, 12]);
    expect(decodeSocketFds(Buffer.alloc(0))).toEqual([]);
  });

  it.each([
    ['a missing byte', (d: Buffer) => d.subarray(1)],
    ['a byte too many', (d: Buffer) => Buffer.concat([d, Buffer.alloc(1)])],
    ['a state beyond TIME_WAIT', (d: Buffer) => put(d, (b) => b.writeInt32LE(11, SOCKET_INFO.tcpsi_state))],
    ['a negative state', (d: Buffer) => put(d, (b) => b.writeInt32LE(-1, SOCKET_INFO.tcpsi_state))],
    ['a port of more than 16 bits', (d: Buffer) => put(d, (b) => b.writeUInt8(1, SOCKET_INFO.insi_lport + 2))],
    ['a kind that does not exist', (d: Buffer) => put(d, (b) => b.writeInt32LE(8, SOCKET_INFO.soi_kind))],
    ['TCP of a family that has none', (d: Buffer) => put(d, (b) => b.writeInt32LE(1, SOCKET_INFO.soi_family))],
    ['TCP of another protocol', (d: Buffer) => put(d, (b) => b.writeInt32LE(17, SOCKET_INFO.soi_protocol))],
    ['neither IPv4 nor IPv6', (d: Buffer) => put(d, (b) => b.writeUInt8(0, SOCKET_INFO.insi_vflag))],
    ['IPv6 in an IPv4 socket', (d: Buffer) => put(d, (b) => b.writeUInt8(2, SOCKET_INFO.insi_vflag))],
    ['a negative queue', (d: Buffer) => put(d, (b) => b.writeInt16LE(-1, SOCKET_INFO.soi_qlen))],
  ])('are refused for %s', (_, damage) => {
    expect(decodeSocket(damage(example('closeWait')))).toBeNull();
  });

  it('are refused for half a descriptor and a negative one', () => {
    expect(decodeSocketFds(Buffer.alloc(12))).toBeNull();
    expect(decodeSocketFds(put(example('fds'), (b) => b.writeInt32LE(-1, 0)))).toBeNull();
  });
});

function put(data: Buffer, change: (data: Buffer) => unknown): Buffer {
  change(data);
  return data;
}

function changed(name: string, change: (data: Buffer) => unknown): Buffer {
  return put(example(name), change);
}
