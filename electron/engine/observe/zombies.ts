import type { Side } from '../../../shared/snapshot.ts';
import type { TcpRow } from '../platform/types.ts';
import { connectionKey } from './endpoints.ts';
import { type GatewayAddress, sideOf, watchedPortOf } from './sides.ts';

/** Two reads of a one-shot command that see the same socket at least this far apart make it count. */
export const SECOND_READ_MS = 250;

/** A socket in CLOSE_WAIT with a watched port at one end. */
export interface TrackedZombie {
  key: string;
  row: TcpRow;
  side: Side;
  port: number;
  /** Monotonic time of the first look that saw it. */
  firstSeen: number;
  /** A proven lower bound of its age: since the first sight or the last segment, whichever is longer ago. */
  ageMs: number;
  /** False while it is only *closing*: too young to be more than a normal close under way. */
  counted: boolean;
  /** It was read in the network of a Gateway behind a forwarder: counted, and never a reason to act. */
  inside?: true;
}

/** When a socket in CLOSE_WAIT counts. */
export interface CountingRule {
  /** Counted from this age on. */
  settleMs: number;
  /** Or, in a one-shot look, once two reads this far apart saw it; `null` in a running app. */
  secondReadMs: number | null;
}

/** What is being watched. */
export interface Watched {
  ports: ReadonlySet<number>;
  isGateway: GatewayAddress;
}

/** Carries the zombies of the last look over to the rows of this one. Once counted, a socket stays so while it exists. */
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
 * Did a port probe leave it? Its gateway end has never received a byte, the FIN apart, which Linux counts among the unread. A bot
 * that was stopped between connecting and its greeting looks the same. False where received bytes are not told.
 */
export function leftByProbe({ side, row }: Pick<TrackedZombie, 'side' | 'row'>): boolean {
  return side === 'gateway' && row.bytesReceived === 0 && row.recvQ !== null && row.recvQ <= 1;
}

/** Names one socket: the inode joins the key where it is known, so that a reused pair of endpoints is not taken for the old socket. */
export function socketKey(row: TcpRow): string {
  return row.inode === null || row.inode === 0 ? connectionKey(row) : `${connectionKey(row)}#${row.inode}`;
}
