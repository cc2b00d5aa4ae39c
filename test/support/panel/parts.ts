import type {
  BreakerState,
  LockState,
  OwnerState,
  PortState,
  ProcessRef,
  Snapshot,
  SocketRef,
} from '../../../shared/snapshot.ts';
import { before, HOUR, MINUTE, SECOND } from './moments.ts';

/** A process that exists only in pictures. */
export function process(pid: number, name: string, part: Partial<ProcessRef> = {}): ProcessRef {
  const commandLine = `/usr/bin/python3 /home/trader/bots/${name}`;
  return { pid, name, startedAt: before(4 * HOUR + pid * SECOND), uid: 501, commandLine, ...part };
}

export const GATEWAY = process(655, 'IB Gateway', {
  commandLine:
    '/Applications/IB Gateway 10.45/jre/bin/java ibcalpha.ibc.IbcGateway /Users/trader/ibc/config.ini [redacted]',
});
export const TWS = process(702, 'TWS', { commandLine: '/Applications/Trader Workstation/JavaApplicationStub' });
export const RUNNER = process(4312, 'runner_async.py');
export const SOCKETS = process(4377, 'websocket_server.py');
export const RESEARCH = process(901, 'research.py');
export const GONE = process(4120, 'app.py', { commandLine: '/usr/bin/python3 app.py' });

/** A watched port where nothing is wrong. */
export function port(number: number, label: string, part: Partial<PortState> = {}): PortState {
  return {
    port: number,
    label,
    listening: false,
    gateway: null,
    backlog: 0,
    jammed: false,
    zombies: { client: 0, gateway: 0, total: 0 },
    closing: 0,
    established: 0,
    forwarder: null,
    ...part,
  };
}

/** The four usual ports; TWS listens on 7497 and IB Gateway on 4002. */
export function ports(
  tws: Partial<PortState> = {},
  gateway: Partial<PortState> = {},
): [PortState, PortState, PortState, PortState] {
  return [
    port(7497, 'TWS paper', { listening: true, gateway: TWS, established: 1, ...tws }),
    port(7496, 'TWS live'),
    port(4002, 'Gateway paper', { listening: true, gateway: GATEWAY, established: 2, ...gateway }),
    port(4001, 'Gateway live'),
  ];
}

/** Zombies of one port by side. */
export function zombies(client: number, gateway: number): PortState['zombies'] {
  return { client, gateway, total: client + gateway };
}

/** `count` sockets that only one owner holds, each a little younger than the one before. */
function sockets(
  pid: number,
  count: number,
  watched: number,
  side: 'client' | 'gateway',
  oldestMs: number,
): SocketRef[] {
  return Array.from({ length: count }, (_, place) => {
    const own = `127.0.0.1:${50_000 + ((pid * 50) % 15_000) + place}`;
    const far = `127.0.0.1:${watched}`;
    const [local, remote] = side === 'client' ? [own, far] : [far, own];
    return {
      local,
      remote,
      state: 'CLOSE_WAIT',
      ageMs: Math.round(oldestMs * (1 - place / (count + 1))),
      fd: String(9 + place),
    };
  });
}

/** An owner of zombies on one port. */
export function owner(
  who: ProcessRef,
  count: number,
  watched: number,
  oldestMs: number,
  part: Partial<OwnerState> = {},
): OwnerState {
  const side = part.side ?? 'client';
  return {
    process: who,
    side,
    ports: [watched],
    zombies: count,
    established: 0,
    oldestMs,
    verdict: { kind: 'cleanable', reason: 'python' },
    culprits: [],
    sockets: sockets(who.pid, count, watched, side, oldestMs),
    ...part,
  };
}

/** What IB Gateway holds on 4002, and who left it. */
export function gatewayOwner(count: number, culprits: ProcessRef[], oldestMs = 26 * MINUTE): OwnerState {
  const verdict = { kind: 'protected', reason: 'gateway-listener' } as const;
  return owner(GATEWAY, count, 4002, oldestMs, { side: 'gateway', verdict, culprits, established: 2 });
}

export const CLOSED_BREAKER: BreakerState = {
  state: 'closed',
  failures: 0,
  successes: 0,
  threshold: 5,
  changedAt: null,
  retryAt: null,
  reason: null,
};

export const FREE_LOCK: LockState = {
  kind: 'free',
  path: '/tmp/ibkr_connect.lock',
  holder: null,
  since: null,
  waiters: [],
};

/** A snapshot without any problem; states change what differs. */
export function snapshot(part: Partial<Snapshot> = {}): Snapshot {
  return {
    seq: 41,
    at: before(2 * SECOND),
    level: 'clear',
    paused: false,
    scan: { kind: 'ok', at: before(2 * SECOND), durationMs: 4, problems: [] },
    ports: ports(),
    elsewhere: [],
    owners: [],
    unattributed: 0,
    advice: { kind: 'nothing', text: 'Nothing needs doing.' },
    cleanup: { kind: 'idle' },
    lock: FREE_LOCK,
    breaker: CLOSED_BREAKER,
    runnerBreaker: null,
    restart: null,
    totals: { cleanups: 6, cleanupsClean: 5, connectAttempts: 41, connectRetries: 7 },
    ...part,
  };
}
