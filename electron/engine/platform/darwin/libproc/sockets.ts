import type { Result } from '../../../../../shared/result.ts';
import { failure, success } from '../../../../../shared/result.ts';
import type { Problem } from '../../../../../shared/snapshot.ts';
import { touches } from '../../sockets/addresses.ts';
import type { Holding, Parsed } from '../../types.ts';
import type { LibprocCalls } from './calls.ts';
import { EBADF, ENOTSOCK } from './calls.ts';
import { SOCKET_INFO } from './layout.ts';
import { unusable } from './problem.ts';
import type { Look } from './read.ts';
import { failed, odd, PROC_PIDLISTFDS, readList, readPids, readShortInfo } from './read.ts';
import type { TcpSocket } from './socket-structs.ts';
import { decodeSocket, decodeSocketFds } from './socket-structs.ts';

/** PROC_PIDFDSOCKETINFO of proc_info.h. */
const PROC_PIDFDSOCKETINFO = 3;

/** After so many processes other work gets its turn. */
const YIELD_EVERY = 50;

/** A TCP socket in a process's descriptor table. */
export interface HeldSocket extends TcpSocket {
  fd: number;
}

/** The TCP sockets of one process at one moment; one that is gone holds none. */
export interface HeldTcpSockets {
  sockets: HeldSocket[];
  /** False when this user may not see them: another user's process. What is absent is unknown then. */
  complete: boolean;
}

/** What lsof tells of a socket, and what only the kernel does. */
export interface LibprocHolding extends Holding {
  /** The same for every holder of one socket. */
  socketId: string;
  unread: number;
  backlog: number | null;
}

export interface LibprocSockets {
  /** Which processes hold TCP sockets with one of the ports at either end, as far as this user may see. */
  holdings(ports: readonly number[]): Promise<Result<Parsed<LibprocHolding>, Problem>>;
  /** The TCP ports that these processes listen on. */
  listeningPorts(pids: readonly number[]): Promise<Result<number[], Problem>>;
  /** Every TCP socket of the process that is bound to a port, read this instant. */
  heldBy(pid: number): Result<HeldTcpSockets, Problem>;
}

/** Sockets as the kernel describes them to libproc. An answer that is not exactly what it must be makes the reading a failure. */
export function createLibprocSockets(calls: LibprocCalls): LibprocSockets {
  const heldBy = (pid: number): Result<HeldTcpSockets, Problem> => {
    if (!Number.isSafeInteger(pid) || pid < 1) return success({ sockets: [], complete: true });
    const look = readSockets(calls, pid);
    switch (look.kind) {
      case 'seen':
        return success({ sockets: look.value, complete: true });
      case 'gone':
        return success({ sockets: [], complete: true });
      case 'hidden':
        return success({ sockets: [], complete: false });
      case 'odd':
        return failure(unusable(look.detail));
    }
  };

  return {
    heldBy,
    holdings: async (ports) => {
      if (ports.length === 0) return success({ rows: [], unreadable: 0 });
      const wanted = new Set(ports);
      const pids = readPids(calls);
      if (pids.kind !== 'seen') return failure(unusable(pids.kind === 'odd' ? pids.detail : 'it lists no processes'));
      const rows: LibprocHolding[] = [];
      for (const [index, pid] of pids.value.entries()) {
        if (index % YIELD_EVERY === 0) await new Promise((resolve) => setImmediate(resolve));
        const held = heldBy(pid);
        if (!held.ok) return held;
        const touching = held.value.sockets.filter((socket) => touches(socket, wanted));
        if (touching.length === 0) continue;
        const owner = readShortInfo(calls, pid);
        if (owner.kind === 'odd') return failure(unusable(owner.detail));
        // One that has ended since holds nothing any more.
        if (owner.kind === 'seen') rows.push(...touching.map((socket) => toHolding(pid, owner.value.uid, socket)));
      }
      return success({ rows, unreadable: 0 });
    },
    listeningPorts: async (pids) => {
      const ports = new Set<number>();
      for (const pid of new Set(pids)) {
        const held = heldBy(pid);
        if (!held.ok) return held;
        for (const { state, local } of held.value.sockets) if (state === 'LISTEN') ports.add(local.port);
      }
      return success([...ports].sort((one, other) => one - other));
    },
  };
}

/**
 * The connections that wait in the accept backlogs, by listening port. A listener that several processes share counts once; ports
 * on which nobody is seen to listen are absent.
 */
export function backlogsOf(holdings: readonly LibprocHolding[]): Map<number, number> {
  const listeners = new Map(holdings.filter(({ state }) => state === 'LISTEN').map((one) => [one.socketId, one]));
  const backlogs = new Map<number, number>();
  for (const { local, backlog } of listeners.values()) {
    backlogs.set(local.port, (backlogs.get(local.port) ?? 0) + (backlog ?? 0));
  }
  return backlogs;
}

function toHolding(pid: number, uid: number, { fd, id, ...socket }: HeldSocket): LibprocHolding {
  const { state, local, remote, unread, backlog } = socket;
  return { pid, uid, fd: String(fd), inode: null, state, local, remote, socketId: id, unread, backlog };
}

function readSockets(calls: LibprocCalls, pid: number): Look<HeldSocket[]> {
  const list = readList('PROC_PIDLISTFDS', (buffer) => calls.pidInfo(pid, PROC_PIDLISTFDS, 0, buffer));
  if (list.kind !== 'seen') return list;
  const fds = decodeSocketFds(list.value);
  if (fds === null) return odd('PROC_PIDLISTFDS gave contents that cannot be');
  const sockets: HeldSocket[] = [];
  for (const fd of fds) {
    const look = readSocket(calls, pid, fd);
    if (look.kind !== 'seen') return look;
    if (look.value !== null) sockets.push({ fd, ...look.value });
  }
  return { kind: 'seen', value: sockets };
}

/** `null` when the descriptor is no TCP socket with a port, or was closed since it was listed. */
function readSocket(calls: LibprocCalls, pid: number, fd: number): Look<TcpSocket | null> {
  // Room for more than is expected: a struct that has grown in a new macOS must not look like the one we know.
  const buffer = Buffer.alloc(SOCKET_INFO.size + 64);
  const answer = calls.pidFdInfo(pid, fd, PROC_PIDFDSOCKETINFO, buffer);
  if (answer.bytes === 0) {
    const closed = answer.errno === EBADF || answer.errno === ENOTSOCK;
    return closed ? { kind: 'seen', value: null } : failed('PROC_PIDFDSOCKETINFO', answer);
  }
  if (answer.bytes !== SOCKET_INFO.size) {
    return odd(`PROC_PIDFDSOCKETINFO gave ${answer.bytes} bytes and not ${SOCKET_INFO.size}`);
  }
  const socket = decodeSocket(buffer.subarray(0, SOCKET_INFO.size));
  if (socket === null) return odd('PROC_PIDFDSOCKETINFO gave contents that cannot be');
  return { kind: 'seen', value: typeof socket === 'string' ? null : socket };
}
