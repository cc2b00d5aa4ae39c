import type { Result } from '../../../../shared/result.ts';
import type { BreakerState, Side, Snapshot } from '../../../../shared/snapshot.ts';
import { replacePublicFile } from '../files/atomic-file.ts';
import type { FileError } from '../files/file-error.ts';
import type { Counters } from '../journal/counters.ts';

const SIDES: readonly Side[] = ['client', 'gateway'];
const BREAKER_STATES: readonly BreakerState['state'][] = ['closed', 'open', 'half_open', 'held', 'unused'];

interface Sample {
  labels?: Readonly<Record<string, string>>;
  value: number | null;
}

const escapeLabel = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

function renderLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

/** A metric with its HELP and TYPE. An unknown value has no sample, because 0 would be wrong. */
function metric(name: string, type: 'gauge' | 'counter', help: string, samples: readonly Sample[]): string {
  const lines = samples.flatMap(({ labels = {}, value }) =>
    value === null ? [] : [`${name}${renderLabels(labels)} ${value}`],
  );
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines].join('\n');
}

const sessions = ({ ports }: Snapshot): number | null =>
  ports.reduce<number | null>(
    (total, { established }) => (total === null || established === null ? null : total + established),
    0,
  );

const lockHeld = ({ lock }: Snapshot): number | null => (lock.kind === 'unknown' ? null : Number(lock.kind === 'held'));

/** The state in Prometheus's text format, for node_exporter's textfile collector. What is not known is left out. */
export function renderMetrics(snapshot: Snapshot, counters: Counters): string {
  const { cleanups, cleanupsClean, connectRetries, breakerTransitions } = counters;
  const zombies = snapshot.ports.flatMap((state) =>
    SIDES.map((side) => ({ labels: { port: String(state.port), side }, value: state.zombies[side] })),
  );
  const scanned = snapshot.scan.kind === 'failed' ? null : snapshot.scan.durationMs / 1_000;
  return `${[
    metric('sexton_zombie_connections', 'gauge', 'Connections in CLOSE_WAIT on a watched port, by side.', zombies),
    metric('sexton_scan_duration_seconds', 'gauge', 'How long the last look took.', [{ value: scanned }]),
    metric('sexton_cleanups_total', 'counter', 'Cleanups, by what was left afterwards.', [
      { labels: { result: 'clean' }, value: cleanupsClean },
      { labels: { result: 'remaining' }, value: cleanups - cleanupsClean },
    ]),
    metric(
      'sexton_circuit_breaker_state',
      'gauge',
      'The state of the circuit breaker is the one with 1.',
      BREAKER_STATES.map((state) => ({ labels: { state }, value: Number(snapshot.breaker.state === state) })),
    ),
    metric(
      'sexton_circuit_breaker_transitions_total',
      'counter',
      'Changes of the circuit breaker, by the state it changed to.',
      BREAKER_STATES.map((to) => ({ labels: { to }, value: breakerTransitions[to] })),
    ),
    metric('sexton_connect_retries_total', 'counter', 'Guarded connection attempts after the first.', [
      { value: connectRetries },
    ]),
    metric('sexton_lock_held', 'gauge', 'Whether the handshake lock is held.', [{ value: lockHeld(snapshot) }]),
    metric('sexton_gateway_clients', 'gauge', 'API sessions on the watched ports; a Gateway has 32 slots.', [
      { value: sessions(snapshot) },
    ]),
  ].join('\n')}\n`;
}

/** Replaces the metrics file as a whole, so that a collector, which runs as another user, never reads half of it. Its directory must exist. */
export function writeMetrics(path: string, text: string): Promise<Result<void, FileError>> {
  return replacePublicFile(path, text);
}
