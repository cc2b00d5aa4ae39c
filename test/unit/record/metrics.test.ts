import { expect, it } from 'vitest';
import { renderMetrics } from '../../../electron/engine/record/history/metrics.ts';
import { type Counters, NO_COUNTS } from '../../../electron/engine/record/journal/counters.ts';
import type { PortState, Snapshot } from '../../../shared/snapshot.ts';

const port = (
  number: number,
  client: number | null,
  gateway: number | null,
  established: number | null,
): PortState => ({
  port: number,
  label: 'API',
  listening: true,
  gateway: null,
  backlog: 0,
  jammed: false,
  zombies: { client, gateway, total: null },
  closing: 0,
  established,
  forwarder: null,
});

const snapshot: Snapshot = {
  seq: 1,
  at: '2026-03-01T12:00:00.000Z',
  level: 'notice',
  paused: false,
  scan: { kind: 'ok', at: '2026-03-01T12:00:00.000Z', durationMs: 4, problems: [] },
  ports: [port(4002, 4, 2, 3), port(7497, 0, 0, 1)],
  elsewhere: [],
  owners: [],
  unattributed: 0,
  advice: { kind: 'nothing', text: '' },
  cleanup: { kind: 'idle' },
  lock: { kind: 'held', path: '/tmp/l', holder: null, since: null, waiters: [] },
  breaker: { state: 'open', failures: 5, successes: 0, threshold: 5, changedAt: null, retryAt: null, reason: null },
  runnerBreaker: null,
  restart: null,
  totals: { cleanups: 5, cleanupsClean: 4, connectAttempts: 9, connectRetries: 3 },
};

const counters: Counters = {
  ...NO_COUNTS,
  ...snapshot.totals,
  breakerTransitions: { closed: 1, open: 2, half_open: 1, held: 0, unused: 0 },
};

it('the metrics file has every metric with its help and type', () => {
  expect(
    renderMetrics(snapshot, counters),
  ).toBe(`# HELP sexton_zombie_connections Connections in CLOSE_WAIT on a watched port, by side.
# TYPE sexton_zombie_connections gauge
sexton_zombie_connections{port="4002",side="client"} 4
sexton_zombie_connections{port="4002",side="gateway"} 2
sexton_zombie_connections{port="7497",side="client"} 0
sexton_zombie_connections{port="7497",side="gateway"} 0
# HELP sexton_scan_duration_seconds How long the last look took.
# TYPE sexton_scan_duration_seconds gauge
sexton_scan_duration_seconds 0.004
# HELP sexton_cleanups_total Cleanups, by what was left afterwards.
# TYPE sexton_cleanups_total counter
sexton_cleanups_total{result="clean"} 4
sexton_cleanups_total{result="remaining"} 1
# HELP sexton_circuit_breaker_state The state of the circuit breaker is the one with 1.
# TYPE sexton_circuit_breaker_state gauge
sexton_circuit_breaker_state{state="closed"} 0
sexton_circuit_breaker_state{state="open"} 1
sexton_circuit_breaker_state{state="half_open"} 0
sexton_circuit_breaker_state{state="held"} 0
sexton_circuit_breaker_state{state="unused"} 0
# HELP sexton_circuit_breaker_transitions_total Changes of the circuit breaker, by the state it changed to.
# TYPE sexton_circuit_breaker_transitions_total counter
sexton_circuit_breaker_transitions_total{to="closed"} 1
sexton_circuit_breaker_transitions_total{to="open"} 2
sexton_circuit_breaker_transitions_total{to="half_open"} 1
sexton_circuit_breaker_transitions_total{to="held"} 0
sexton_circuit_breaker_transitions_total{to="unused"} 0
# HELP sexton_connect_retries_total Guarded connection attempts after the first.
# TYPE sexton_connect_retries_total counter
sexton_connect_retries_total 3
# HELP sexton_lock_held Whether the handshake lock is held.
# TYPE sexton_lock_held gauge
sexton_lock_held 1
# HELP sexton_gateway_clients API sessions on the watched ports; a Gateway has 32 slots.
# TYPE sexton_gateway_clients gauge
sexton_gateway_clients 4
`);
});

it('the metrics file leaves out unknown values instead of writing 0', () => {
  const blind: Snapshot = {
    ...snapshot,
    scan: { ...snapshot.scan, kind: 'failed' },
    ports: [port(4002, null, null, null), port(7497, null, 1, 1)],
    lock: { ...snapshot.lock, kind: 'unknown' },
  };
  const samples = renderMetrics(blind, counters)
    .split('\n')
    .filter((line) => !line.startsWith('#'));
  expect(samples).toContain('sexton_zombie_connections{port="7497",side="gateway"} 1');
  expect(samples.filter((line) => line.startsWith('sexton_zombie_connections'))).toHaveLength(1);
  expect(samples.some((line) => /^sexton_(scan|lock|gateway)/.test(line))).toBe(false);
});

it('the metrics file has a name, labels and a number on every line, as a Prometheus parser expects', () => {
  for (const line of renderMetrics(snapshot, NO_COUNTS).trimEnd().split('\n')) {
    expect(line).toMatch(
      /^(# (HELP|TYPE) sexton_[a-z_]+ .+|sexton_[a-z_]+(\{[a-z]+="[^"\\\n]*"(,[a-z]+="[^"\\\n]*")*\})? \d+(\.\d+)?)$/,
    );
  }
});
