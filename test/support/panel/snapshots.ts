import type { Snapshot } from '../../../shared/snapshot.ts';
import { before, HOUR, MINUTE, NOW, SECOND } from './moments.ts';
import {
  CLOSED_BREAKER,
  FREE_LOCK,
  GATEWAY,
  GONE,
  gatewayOwner,
  owner,
  port,
  ports,
  process,
  RESEARCH,
  RUNNER,
  SOCKETS,
  snapshot,
  zombies,
} from './parts.ts';

const live = { kind: 'protected', reason: 'live-session' } as const;

const warningOwners = [
  owner(RUNNER, 3, 7497, 12 * MINUTE),
  gatewayOwner(2, [GONE]),
  owner(SOCKETS, 1, 7497, 4 * MINUTE),
  owner(RESEARCH, 1, 7497, 9 * MINUTE, { verdict: live, established: 1 }),
];

const warning = {
  level: 'warning',
  ports: ports({ zombies: zombies(5, 0), established: 1 }, { zombies: zombies(0, 2) }),
  owners: warningOwners,
  advice: { kind: 'clean', text: 'Stop the bots that left connections; the Gateway’s two need a restart.' },
  breaker: { ...CLOSED_BREAKER, failures: 2 },
  lock: {
    ...FREE_LOCK,
    kind: 'held',
    holder: RUNNER,
    since: before(3 * SECOND),
    waiters: [SOCKETS, RESEARCH],
  },
} as const satisfies Partial<Snapshot>;

const onlyRestart = {
  level: 'critical',
  ports: ports({}, { zombies: zombies(0, 12), established: 0 }),
  owners: [gatewayOwner(12, [GONE, process(4121, 'runner.py')], 3 * HOUR)],
  advice: { kind: 'restart', text: 'Only a restart of IB Gateway clears what it holds.' },
  breaker: {
    ...CLOSED_BREAKER,
    state: 'open',
    failures: 5,
    changedAt: before(18 * SECOND),
    retryAt: new Date(NOW + 42 * SECOND).toISOString(),
    reason: 'The handshake timed out five times.',
  },
} as const satisfies Partial<Snapshot>;

const longName = `strategy_${'mean_reversion_on_the_open_'.repeat(7)}v2.py`.slice(0, 200);

const PROXY = process(812, 'docker-proxy', { uid: 0, commandLine: '/usr/bin/docker-proxy -host-port 4002' });
const hiddenZombies = { client: 0, gateway: null, total: null };

const unknownZombies = { client: null, gateway: null, total: null };

/** A snapshot for every state the panel can be in. */
export const SNAPSHOTS = {
  clear: snapshot(),
  notice: snapshot({
    level: 'notice',
    ports: ports({ zombies: zombies(1, 0) }),
    owners: [owner(RUNNER, 1, 7497, 40 * SECOND)],
    advice: { kind: 'clean', text: 'Stopping runner_async.py frees the connection.' },
  }),
  warning: snapshot(warning),
  critical: snapshot({
    ...warning,
    level: 'critical',
    ports: ports({ zombies: zombies(11, 0) }, { zombies: zombies(0, 2) }),
    owners: [owner(RUNNER, 9, 7497, 2 * HOUR), ...warningOwners.slice(1)],
    runnerBreaker: {
      ...CLOSED_BREAKER,
      state: 'open',
      failures: 5,
      retryAt: new Date(NOW + 12 * SECOND).toISOString(),
    },
  }),
  blind: snapshot({
    level: 'blind',
    scan: {
      kind: 'failed',
      at: before(48 * SECOND),
      durationMs: 5_000,
      problems: [
        {
          code: 'tool-timeout',
          tool: '/usr/sbin/netstat',
          hint: 'Sexton tries again every 15 s. If it stays so, restart the Mac.',
        },
      ],
    },
    ports: ports().map((one) => ({
      ...one,
      listening: null,
      jammed: null,
      established: null,
      zombies: unknownZombies,
    })),
    unattributed: null,
    advice: { kind: 'fix-machine', text: 'netstat does not answer.' },
    lock: { ...FREE_LOCK, kind: 'unknown' },
  }),
  stale: snapshot({
    ...warning,
    at: before(52 * MINUTE),
    scan: { kind: 'stale', at: before(52 * MINUTE), durationMs: 5, problems: [] },
  }),
  paused: snapshot({
    paused: true,
    at: before(6 * MINUTE),
    scan: { kind: 'stale', at: before(6 * MINUTE), durationMs: 5, problems: [] },
  }),
  firstLook: snapshot({
    level: 'blind',
    scan: { kind: 'stale', at: new Date(0).toISOString(), durationMs: 0, problems: [] },
    ports: ports().map((one) => ({
      ...one,
      listening: null,
      jammed: null,
      established: null,
      zombies: unknownZombies,
    })),
    unattributed: null,
    breaker: { ...CLOSED_BREAKER, state: 'unused' },
    lock: { ...FREE_LOCK, kind: 'unknown' },
  }),
  cleaning: snapshot({ ...warning, cleanup: { kind: 'running', since: before(SECOND) } }),
  cleaned: snapshot({
    cleanup: {
      kind: 'done',
      at: before(4 * SECOND),
      by: 'user',
      result: {
        ok: true,
        message: 'Stopped 2 bots. No zombie connections remain.',
        stopped: [
          { pid: 4312, name: 'runner_async.py', signal: 'SIGTERM' },
          { pid: 4377, name: 'websocket_server.py', signal: 'SIGKILL' },
        ],
        refused: [],
        remaining: 0,
        durationMs: 2_310,
      },
    },
  }),
  partlyCleaned: snapshot({
    level: 'notice',
    ports: ports({ zombies: zombies(1, 0) }, { zombies: zombies(0, 2) }),
    owners: [gatewayOwner(2, [GONE]), owner(RESEARCH, 1, 7497, 9 * MINUTE, { verdict: live, established: 1 })],
    advice: { kind: 'wait', text: 'What is left belongs to the Gateway and to a bot that is trading.' },
    cleanup: {
      kind: 'done',
      at: before(40 * SECOND),
      by: 'user',
      result: {
        ok: false,
        message: 'Stopped 1 bot. 3 zombie connections remain. 1 process left alone.',
        stopped: [{ pid: 4312, name: 'runner_async.py', signal: 'SIGTERM' }],
        refused: [
          {
            pid: 4377,
            name: 'websocket_server.py',
            code: 'replaced',
            reason: 'Its process ID now belongs to another process.',
          },
        ],
        remaining: 3,
        durationMs: 3_900,
      },
    },
  }),
  gatewayOwned: snapshot(onlyRestart),
  jammed: snapshot({
    level: 'critical',
    ports: ports({}, { jammed: true, backlog: 3, established: 2, zombies: zombies(0, 3) }),
    owners: [gatewayOwner(1, [GONE])],
    unattributed: 2,
    advice: { kind: 'restart', text: 'Bots connect and get no answer. Only a restart of IB Gateway helps.' },
    lock: { ...FREE_LOCK, kind: 'held', holder: RUNNER, since: before(21 * SECOND), waiters: [SOCKETS] },
  }),
  degraded: snapshot({
    level: 'warning',
    scan: {
      kind: 'degraded',
      at: before(2 * SECOND),
      durationMs: 5_012,
      problems: [
        { code: 'tool-timeout', tool: '/usr/sbin/lsof', hint: 'A network mount may hang: eject it, then scan again.' },
      ],
    },
    ports: ports({ zombies: zombies(6, 0) }),
    unattributed: null,
    advice: { kind: 'fix-machine', text: 'lsof does not answer.' },
  }),
  nobody: snapshot({
    ports: [port(7497, 'TWS paper'), port(7496, 'TWS live'), port(4002, 'Gateway paper'), port(4001, 'Gateway live')],
    breaker: { ...CLOSED_BREAKER, state: 'unused' },
  }),
  hiddenGateway: snapshot({
    level: 'notice',
    ports: ports({}, { gateway: null, forwarder: PROXY, jammed: null, zombies: hiddenZombies, closing: null }),
    advice: { kind: 'fix-machine', text: 'The Gateway behind docker-proxy on 4002 cannot be seen from here.' },
  }),
  botsOnly: snapshot({
    ports: ports({}, { gateway: null, forwarder: PROXY, jammed: null, zombies: { ...hiddenZombies, total: 0 } }),
  }),
  elsewhere: snapshot({
    level: 'notice',
    elsewhere: [{ address: '10.9.9.2', port: 4002, zombies: 12, established: 1, processes: [RUNNER] }],
    advice: { kind: 'check-bot', text: 'Add 10.9.9.2 to the Gateway hosts in the settings.' },
  }),
  unusableFiles: snapshot({
    scan: {
      kind: 'ok',
      at: before(2 * SECOND),
      durationMs: 4,
      problems: [
        {
          code: 'tool-failed',
          tool: 'runnerLogPath',
          hint: "runnerLogPath: /home/trader/bots/runner.log does not exist, so the bots' own circuit breaker is not known. Correct the path in the settings, or start the bot that writes it.",
        },
        {
          code: 'not-permitted',
          tool: 'metricsPath',
          hint: 'metricsPath: /var/lib/node_exporter/sexton.prom may not be written (EACCES), so no metrics are written. Correct the path in the settings.',
        },
      ],
    },
  }),
  held: snapshot({ level: 'notice', breaker: { ...CLOSED_BREAKER, state: 'held', changedAt: before(MINUTE) } }),
  halfOpen: snapshot({ breaker: { ...CLOSED_BREAKER, state: 'half_open', failures: 5, successes: 1 } }),
  many: snapshot({
    level: 'critical',
    ports: ports({ zombies: zombies(420, 0) }, { zombies: zombies(0, 80) }),
    owners: [
      gatewayOwner(80, [GONE], 9 * HOUR),
      ...Array.from({ length: 59 }, (_, place) =>
        owner(process(5_000 + place, `bot_${place + 1}.py`), place === 0 ? 14 : 7, 7497, (90 - place) * MINUTE),
      ),
    ],
    advice: { kind: 'clean', text: 'Stop the bots that left connections.' },
    breaker: { ...CLOSED_BREAKER, failures: 4 },
  }),
  longNames: snapshot({
    ...warning,
    ports: ports(
      { zombies: zombies(4, 0), label: 'A name of a port that somebody made much too long' },
      { zombies: zombies(0, 2) },
    ),
    owners: [
      owner(process(4312, longName, { commandLine: `/usr/bin/python3 /srv/${longName}` }), 4, 7497, 12 * MINUTE),
      gatewayOwner(2, [process(88, longName)]),
    ],
    lock: { ...FREE_LOCK, kind: 'held', holder: process(4312, longName), since: before(90 * SECOND) },
  }),
} as const satisfies Record<string, Snapshot>;

export type SnapshotName = keyof typeof SNAPSHOTS;

/** The Gateway after a restart. */
export const NEW_GATEWAY = { ...GATEWAY, pid: 9_120, startedAt: before(30 * SECOND) };
