import type { Evidence } from '../../../electron/engine/clean/evidence.ts';
import { ALWAYS_PROTECTED_PORTS } from '../../../electron/engine/clean/evidence.ts';
import { connectionKey } from '../../../electron/engine/observe/endpoints.ts';
import type { TrackedZombie } from '../../../electron/engine/observe/zombies.ts';
import type { Endpoint, Holding, ProcessRecord, TcpRow } from '../../../electron/engine/platform/types.ts';

/** The user in whose name the pretend Sexton runs. */
export const ME = 501;
/** The pretend Sexton's pid. */
export const SELF = 900;

/** A process record; a nondescript program of ours if not said otherwise. */
export function processRecord(pid: number, about: Partial<ProcessRecord> = {}): ProcessRecord {
  return {
    pid,
    ppid: 1,
    uid: ME,
    startedAt: '2026-01-02T03:04:05.000Z',
    startToken: `start-${pid}`,
    name: 'program',
    executable: '/usr/bin/program',
    args: ['program'],
    sessionLeader: false,
    corpse: false,
    ...about,
  };
}

/** A Python process that runs `script`. */
export function botRecord(pid: number, script = '/home/me/bots/runner_async.py', about: Partial<ProcessRecord> = {}) {
  const python = { name: 'python3', executable: '/usr/bin/python3.11', args: ['python3', script] };
  return processRecord(pid, { ...python, ...about });
}

/** An IB Gateway as IBC starts it. */
export function gatewayRecord(pid: number, about: Partial<ProcessRecord> = {}): ProcessRecord {
  return processRecord(pid, {
    name: 'java',
    executable: '/usr/local/i4j_jres/Oda-jK0QgTEmVssfllLP/bin/java',
    args: ['java', '-Xmx768m', 'ibcalpha.ibc.IbcGateway', '/home/me/ibc/config.ini', '[redacted]'],
    ...about,
  });
}

/** `127.0.0.1:4002`, `[::1]:4002`, or a bare port on 127.0.0.1. */
export function endpoint(text: string | number): Endpoint {
  const match = /^(?:\[?(.*?)\]?:)?(\d+)$/.exec(String(text));
  return { address: match?.[1] || '127.0.0.1', port: Number(match?.[2]) };
}

/** A row of the kernel's table. */
export function tcpRow(
  state: TcpRow['state'],
  local: string | number,
  remote: string | number | null,
  about: Partial<TcpRow> = {},
): TcpRow {
  return {
    state,
    local: endpoint(local),
    remote: remote === null ? null : endpoint(remote),
    recvQ: 0,
    lastSegmentMs: null,
    bytesReceived: null,
    uid: ME,
    inode: null,
    ...about,
  };
}

/** A descriptor as lsof lists it. */
export function held(
  pid: number,
  state: Holding['state'],
  local: string | number,
  remote: string | number | null,
  about: Partial<Holding> = {},
): Holding {
  const ends = { local: endpoint(local), remote: remote === null ? null : endpoint(remote) };
  return { pid, uid: ME, fd: '7', inode: null, state, ...ends, ...about };
}

/** A tracked zombie of a row; counted and 10 s old if not said otherwise. */
export function zombieOf(row: TcpRow, about: Partial<TrackedZombie> = {}): TrackedZombie {
  const client = row.remote !== null && row.remote.port < row.local.port;
  const side = client ? 'client' : 'gateway';
  const port = client ? (row.remote?.port ?? 0) : row.local.port;
  return { key: connectionKey(row), row, side, port, firstSeen: 0, ageMs: 10_000, counted: true, ...about };
}

/** Evidence over these processes and sockets; pid 1 and Sexton itself are always there. */
export function evidence(
  processes: readonly ProcessRecord[],
  holdings: readonly Holding[] = [],
  about: Partial<Evidence> = {},
): Evidence {
  const init = processRecord(1, { ppid: 0, uid: 0, name: 'launchd', executable: '/sbin/launchd', sessionLeader: true });
  const sexton = processRecord(SELF, { name: 'node', executable: '/usr/bin/node', args: ['node', 'sexton'] });
  return {
    processes: new Map([init, sexton, ...processes].map((process) => [process.pid, process])),
    holdings,
    protectedPorts: new Set(ALWAYS_PROTECTED_PORTS),
    unproven: new Set(),
    self: { pid: SELF, uid: ME },
    botNames: ['python*', 'runner*', 'websocket_server*'],
    ...about,
  };
}
