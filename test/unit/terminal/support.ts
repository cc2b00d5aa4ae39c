import { PassThrough } from 'node:stream';
import type { Engine } from '../../../electron/engine/api.ts';
import type { OpenEngine, Opened } from '../../../electron/terminal/context.ts';
import type { Input, Io, Output } from '../../../electron/terminal/screen/io.ts';
import { renderAll } from '../../../electron/terminal/screen/paint.ts';
import type { Plan } from '../../../shared/plan.ts';
import { success } from '../../../shared/result.ts';
import { DEFAULT_SETTINGS } from '../../../shared/settings/settings.ts';
import type { CleanResult, OwnerState, PortState, ProcessRef, Snapshot } from '../../../shared/snapshot.ts';

export const NOW = new Date('2025-12-06T14:02:02.000Z');
/** Folders that no test writes to. */
export const DIRECTORIES = { config: '/nowhere', state: '/nowhere', logs: '/nowhere' };

const AT = '2025-12-06T14:02:00.000Z';

/** A process as it stands in a snapshot. */
export function processRef(pid: number, name: string, commandLine = `python3 ${name}`): ProcessRef {
  return { pid, startedAt: '2025-12-06T09:31:07.000Z', uid: 501, name, commandLine };
}

/** A port that listens and knows all its numbers; `null` counts are given as overrides. */
export function portState(
  port: number,
  label: string,
  client = 0,
  gateway = 0,
  more: Partial<PortState> = {},
): PortState {
  return {
    port,
    label,
    listening: true,
    gateway: null,
    backlog: 0,
    jammed: false,
    zombies: { client, gateway, total: client + gateway },
    closing: 0,
    established: 0,
    forwarder: null,
    ...more,
  };
}

/** An owner of zombies: a cleanable Python bot unless told otherwise. */
export function owner(process: ProcessRef, zombies: number, more: Partial<OwnerState> = {}): OwnerState {
  return {
    process,
    side: 'client',
    ports: [7497],
    zombies,
    established: 0,
    oldestMs: 720_000,
    verdict: { kind: 'cleanable', reason: 'python' },
    culprits: [],
    sockets: [{ local: '127.0.0.1:51000', remote: '127.0.0.1:7497', state: 'CLOSE_WAIT', ageMs: 720_000, fd: '9u' }],
    ...more,
  };
}

/** A quiet machine, and whatever differs from it. */
export function snapshot(more: Partial<Snapshot> = {}): Snapshot {
  return {
    seq: 1,
    at: AT,
    level: 'clear',
    paused: false,
    scan: { kind: 'ok', at: AT, durationMs: 4, problems: [] },
    ports: [portState(7497, 'TWS paper'), portState(4002, 'Gateway paper', 0, 0, { established: 2 })],
    elsewhere: [],
    owners: [],
    unattributed: 0,
    advice: { kind: 'nothing', text: '' },
    cleanup: { kind: 'idle' },
    lock: { kind: 'free', path: '/tmp/ibkr_connect.lock', holder: null, since: null, waiters: [] },
    breaker: {
      state: 'unused',
      failures: 0,
      successes: 0,
      threshold: 5,
      changedAt: null,
      retryAt: null,
      reason: null,
    },
    runnerBreaker: null,
    restart: null,
    totals: { cleanups: 0, cleanupsClean: 0, connectAttempts: 0, connectRetries: 0 },
    ...more,
  };
}

export const GATEWAY = processRef(655, 'IB Gateway', '/opt/ibgateway/ibgateway');

/** Seven zombies: two bots that can be cleaned, one that trades, and the Gateway's own two. */
export const SEVEN: Snapshot = snapshot({
  level: 'warning',
  ports: [
    portState(7497, 'TWS paper', 5, 0, { established: 1 }),
    portState(7496, 'TWS live', 0, 0, { listening: false }),
    portState(4002, 'Gateway paper', 0, 2, { gateway: GATEWAY, closing: 1 }),
  ],
  owners: [
    owner(processRef(4312, 'runner_async.py'), 3),
    owner(GATEWAY, 2, {
      side: 'gateway',
      ports: [4002],
      oldestMs: 200_000,
      verdict: { kind: 'protected', reason: 'gateway-listener' },
      culprits: [processRef(4001, 'app.py')],
    }),
    owner(processRef(4377, 'websocket_server.py'), 1),
    owner(processRef(901, 'research.py'), 1, {
      established: 1,
      verdict: { kind: 'protected', reason: 'live-session' },
    }),
  ],
  advice: { kind: 'clean', text: 'Cleaning frees 4 of the 7 connections.' },
});

/** Sexton could not read the kernel's table. */
export const BLIND: Snapshot = snapshot({
  level: 'blind',
  scan: {
    kind: 'failed',
    at: '1970-01-01T00:00:00.000Z',
    durationMs: 0,
    problems: [{ code: 'tool-missing', tool: 'ss', hint: 'Install iproute2.' }],
  },
  ports: [
    portState(7497, 'TWS paper', 0, 0, {
      listening: null,
      backlog: null,
      jammed: null,
      zombies: { client: null, gateway: null, total: null },
      closing: null,
      established: null,
      forwarder: null,
    }),
  ],
  unattributed: null,
});

/** A plan for SEVEN. */
export function plan(more: Partial<Plan> = {}): Plan {
  return {
    id: 'plan-1',
    madeAt: AT,
    expiresAt: '2025-12-06T14:02:10.000Z',
    ports: [7497, 7496, 4002],
    targets: [
      {
        process: processRef(4312, 'runner_async.py'),
        ports: [7497],
        zombies: 3,
        sessions: 0,
        verdict: { kind: 'cleanable', reason: 'python' },
        serves: [],
      },
    ],
    refused: [
      {
        id: 'r1',
        process: processRef(901, 'research.py'),
        ports: [7497],
        zombies: 1,
        sessions: 1,
        reason: 'live-session',
        text: 'It has a live API session and may be trading.',
        liftable: true,
      },
    ],
    frees: 3,
    addsGatewaySide: 0,
    settlesInMs: 0,
    graceMs: 2_000,
    ...more,
  };
}

/** The result of a clean that left nothing. */
export function cleanResult(more: Partial<CleanResult> = {}): CleanResult {
  return {
    ok: true,
    message: 'Stopped 1 bot. No zombie connections remain.',
    stopped: [{ pid: 4312, name: 'runner_async.py', signal: 'SIGTERM' }],
    refused: [],
    remaining: 0,
    durationMs: 412,
    ...more,
  };
}

/** An output that keeps what is written; a terminal of the given size, or none. */
export function recorder(size?: {
  columns: number;
  rows: number;
  colour?: boolean;
}): Output & { text(): string; resize(): void } {
  let written = '';
  const resized = new Set<() => void>();
  const paper = () => ({ columns: size?.columns ?? Number.POSITIVE_INFINITY, colour: size?.colour ?? false });
  return {
    isTTY: size !== undefined,
    paper,
    rows: () => size?.rows ?? Number.POSITIVE_INFINITY,
    write: (text) => {
      written += text;
    },
    lines: (lines) => {
      if (lines.length > 0) written += `${renderAll(lines, paper()).join('\n')}\n`;
    },
    onResize: (listener) => {
      resized.add(listener);
      return () => resized.delete(listener);
    },
    text: () => written,
    resize: () => {
      for (const listener of resized) listener();
    },
  };
}

export interface FakeIo extends Io {
  out: ReturnType<typeof recorder>;
  err: ReturnType<typeof recorder>;
  input: PassThrough & Input;
  interrupt(): void;
  exitListeners(): number;
}

/** Surroundings without a process: recorders, a keyboard to type on, and a Ctrl-C to press. */
export function fakeIo(terminal?: { columns: number; rows: number }): FakeIo {
  const interrupts = new Set<() => void>();
  const exits = new Set<() => void>();
  const registerIn = (set: Set<() => void>) => (listener: () => void) => {
    set.add(listener);
    return () => set.delete(listener);
  };
  const input: PassThrough & Input = Object.assign(new PassThrough(), { isTTY: terminal !== undefined });
  return {
    out: recorder(terminal),
    err: recorder(terminal),
    input,
    now: () => NOW,
    onInterrupt: registerIn(interrupts),
    onExit: registerIn(exits),
    interrupt: () => {
      for (const listener of [...interrupts]) listener();
    },
    exitListeners: () => exits.size,
  };
}

/** An engine that knows one snapshot and does as it is told. */
export function fakeEngine(more: Partial<Engine> = {}, shown: Snapshot = SEVEN): Engine {
  const nothing = async () => undefined;
  return {
    snapshot: () => shown,
    subscribe: () => () => undefined,
    start: nothing,
    stop: nothing,
    scan: async () => shown,
    plan: async () => success(plan()),
    clean: async () => success(cleanResult()),
    resetBreaker: nothing,
    holdBreaker: nothing,
    settings: () => DEFAULT_SETTINGS,
    setSettings: async () => success(DEFAULT_SETTINGS),
    subscribeSettings: () => () => undefined,
    startRestart: nothing,
    advanceRestart: nothing,
    cancelRestart: nothing,
    history: async () => ({ points: [], events: [], cleanRate: null }),
    pause: async () => success(null),
    noteAlerts: () => undefined,
    setAttention: () => undefined,
    ...more,
  } satisfies Engine;
}

/** What opens the given engine; of the other parts only those that are given exist, and the rest must not be used. */
export function opener(engine: Engine, parts: Partial<Opened> = {}): OpenEngine {
  const opened = { engine, settingsProblems: [], fileProblems: () => [], breakerProblems: [], ...parts };
  return async () => success(opened as unknown as Opened);
}
