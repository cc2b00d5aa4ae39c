import type { BreakerState, PortState, Snapshot } from '../../../shared/snapshot.ts';

/** A scan in shorthand: only what differs from a quiet machine. */
export interface Look extends Partial<Omit<Snapshot, 'scan' | 'seq'>> {
  seq?: number;
  blind?: boolean;
  stale?: boolean;
}

/** A watched port that listens and has `client` and `gateway` zombies. */
export function portState({ port = 7497, client = 0, gateway = 0 }): PortState {
  return {
    port,
    label: 'TWS paper',
    listening: true,
    gateway: null,
    backlog: 0,
    jammed: false,
    zombies: { client, gateway, total: client + gateway },
    closing: 0,
    established: 0,
    forwarder: null,
  };
}

/** A breaker in a state. */
export function breaker(state: BreakerState['state'], overrides: Partial<BreakerState> = {}): BreakerState {
  return {
    state,
    failures: 0,
    successes: 0,
    threshold: 5,
    changedAt: null,
    retryAt: null,
    reason: null,
    ...overrides,
  };
}

const EPOCH = '1970-01-01T00:00:00.000Z';

/** A whole snapshot from a scan in shorthand. */
export function snapshotOf({ blind = false, stale = false, ...look }: Look = {}): Snapshot {
  const at = look.at ?? EPOCH;
  const unknown = { client: null, gateway: null, total: null };
  const ports = look.ports ?? [portState({})];
  return {
    seq: 1,
    at,
    level: blind ? 'blind' : 'clear',
    paused: false,
    elsewhere: [],
    owners: [],
    unattributed: 0,
    advice: { kind: 'nothing', text: '' },
    cleanup: { kind: 'idle' },
    lock: { kind: 'free', path: '/tmp/ibkr_connect.lock', holder: null, since: null, waiters: [] },
    breaker: breaker('unused'),
    runnerBreaker: null,
    restart: null,
    totals: { cleanups: 0, cleanupsClean: 0, connectAttempts: 0, connectRetries: 0 },
    ...look,
    ports: blind ? ports.map((port) => ({ ...port, zombies: unknown })) : ports,
    scan: blind
      ? {
          kind: 'failed',
          at: EPOCH,
          durationMs: 0,
          problems: [{ code: 'tool-timeout', tool: 'netstat', hint: 'netstat did not answer within 5 s.' }],
        }
      : { kind: stale ? 'stale' : 'ok', at, durationMs: 4, problems: [] },
  };
}
