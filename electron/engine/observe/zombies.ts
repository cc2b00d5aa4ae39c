import type { Side } from '../../../shared/snapshot.ts';
import type { TcpRow } from '../platform/types.ts';
import { connectionKey } from './endpoints.ts';
import { type GatewayAddress, sideOf, watchedPortOf } from './sides.ts';

/** A socket counts in a one-shot command when two reads at least this far apart see it. */
export const SECOND_READ_MS = 250;

/** A socket in CLOSE_WAIT with a watched port at one end. */
export interface TrackedZombie {
  key: string;
  row: TcpRow;
  side: Side;
  port: number;
  /** Monotonic time of the first scan that saw it. */
  firstSeen: number;
  /** Proven minimum age: since the first scan that saw it or since the last segment, whichever is longer. */
  ageMs: number;
  /** False while it is only *closing*: so young that it may be a normal close in progress. */
  counted: boolean;
  /** It was read in the network of a Gateway behind a forwarder: counted, and never acted on. */
  inside?: true;
}

/** When a socket in CLOSE_WAIT counts. */
export interface CountingRule {
  /** The age from which it counts. */
  settleMs: number;
  /** In a one-shot scan it also counts once two reads this far apart saw it; `null` in a running app. */
  secondReadMs: number | null;
}

/** What is being watched. */
export interface Watched {
  ports: ReadonlySet<number>;
  isGateway: GatewayAddress;
}

/** Carries the zombies of the last scan over to this one's rows. A counted socket stays counted while it exists. */
export function trackZombies(
  previous: ReadonlyMap<string, TrackedZombie>,
  rows: readonly TcpRow[],
  watched: Watched,
  rule: CountingRule,
  now: number,
): Map<string, TrackedZombie> {
  const next = new Map<string, TrackedZombie>();
  for (const row of rows) {
    if (row.state !== 'CLOSE_WAIT') continue;
    const side = sideOf(row, watched.ports, watched.isGateway);
    if (side === null) continue;
    const key = socketKey(row);
    const earlier = previous.get(key);
    const firstSeen = earlier?.firstSeen ?? now;
    const seenForMs = now - firstSeen;
    const ageMs = Math.max(seenForMs, row.lastSegmentMs ?? 0);
    const twiceSeen = earlier !== undefined && rule.secondReadMs !== null && seenForMs >= rule.secondReadMs;
    const counted = earlier?.counted === true || ageMs >= rule.settleMs || twiceSeen;
    next.set(key, { key, row, side, port: watchedPortOf(row, side), firstSeen, ageMs, counted });
  }
  return next;
}

/**
 * Was it left by a port probe? Its gateway end has received nothing but the FIN, which Linux counts among the unread
 * bytes. A bot stopped between connecting and its greeting looks the same. False where received bytes are not reported.
 */
export function leftByProbe({ side, row }: Pick<TrackedZombie, 'side' | 'row'>): boolean {
  return side === 'gateway' && row.bytesReceived === 0 && row.recvQ !== null && row.recvQ <= 1;
}

/**
 * Identifies one socket. Includes the inode where it is known, so that a reused pair of endpoints is not mistaken for
 * the old socket.
 */
export function socketKey(row: TcpRow): string {
  return row.inode === null || row.inode === 0 ? connectionKey(row) : `${connectionKey(row)}#${row.inode}`;
}
