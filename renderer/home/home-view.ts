import { freeableConnections } from '../../shared/freeable.ts';
import type { HistoryView } from '../../shared/history.ts';
import { isLiftable } from '../../shared/liftable.ts';
import type { PortState, RestartStep, Snapshot } from '../../shared/snapshot.ts';
import { neverLooked } from '../../shared/words/snapshot.ts';

/** What the home screen offers to do next. */
export type HomeAction =
  | { kind: 'cleaning' }
  | { kind: 'blind' }
  | { kind: 'clean'; connections: number }
  | { kind: 'review'; connections: number }
  | { kind: 'restart' }
  | { kind: 'continue-restart'; step: RestartStep };

/** The badge beside the count. `looking` and `stale` are not levels: nothing is known yet, or nothing new. */
export type Tone = Snapshot['level'] | 'looking' | 'stale' | 'paused';

/** How to read the count now. */
export function toneOf(snapshot: Snapshot): Tone {
  if (snapshot.scan.kind === 'failed') return 'blind';
  if (neverLooked(snapshot.scan)) return 'looking';
  if (snapshot.scan.kind === 'stale') return snapshot.paused ? 'paused' : 'stale';
  return snapshot.level;
}

/** True when every watched port is known to have no listener. */
export function nobodyListens(ports: readonly PortState[]): boolean {
  return ports.length > 0 && ports.every(({ listening }) => listening === false);
}

/** The ports worth a chip: those with a listener or an open connection, or all of them when there are none. */
export function shownPorts(ports: readonly PortState[]): readonly PortState[] {
  const lively = ports.filter(
    ({ listening, established, zombies }) => listening !== false || (established ?? 0) > 0 || (zombies.total ?? 0) > 0,
  );
  return lively.length > 0 ? lively : ports;
}

/** The first thing to do and, where another remedy applies, the second. Never one that the verdict would refuse. */
export function homeActions(snapshot: Snapshot): { first: HomeAction | null; second: HomeAction | null } {
  if (snapshot.cleanup.kind === 'running') return { first: { kind: 'cleaning' }, second: null };
  if (snapshot.restart !== null) {
    return { first: { kind: 'continue-restart', step: snapshot.restart.step }, second: null };
  }
  if (snapshot.scan.kind === 'failed') return { first: { kind: 'blind' }, second: null };
  if (snapshot.scan.kind === 'stale') return { first: null, second: null };
  const cleanable = freeableConnections(snapshot.owners, ({ verdict }) => verdict.kind === 'cleanable');
  const live = freeableConnections(
    snapshot.owners,
    ({ side, verdict }) => verdict.kind === 'cleanable' || (side === 'client' && isLiftable(verdict)),
  );
  const gatewayHolds = snapshot.ports.some(({ zombies, jammed }) => (zombies.gateway ?? 0) > 0 || jammed === true);
  const clean: HomeAction | null =
    cleanable > 0 ? { kind: 'clean', connections: cleanable } : live > 0 ? { kind: 'review', connections: live } : null;
  const restart: HomeAction | null = gatewayHolds || snapshot.advice.kind === 'restart' ? { kind: 'restart' } : null;
  if (snapshot.advice.kind === 'restart') return { first: restart, second: clean };
  return { first: clean, second: restart };
}

/** The last known count in the history, for when it is unknown now. */
export function lastKnown(history: HistoryView | null): { count: number; at: string } | null {
  const point = history?.points.findLast(({ client, gateway }) => client !== null && gateway !== null);
  if (point === undefined) return null;
  return { count: (point.client ?? 0) + (point.gateway ?? 0), at: point.at };
}
