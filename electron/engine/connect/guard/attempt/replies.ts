import type { TcpRow } from '../../../platform/types.ts';

/**
 * What the Gateway has sent on a connection: nothing, only its version, or more, which is the handshake; `null` where
 * that is not reported.
 */
export type Replies = 'none' | 'version' | 'handshake' | null;

/** Linux counts segments: 1 after the version, 8 after the whole handshake of ib_async. */
const HANDSHAKE_SEGMENTS = 2;

/**
 * The longest possible version reply: its length (4), the server's version ("187", 4), the time ("20250102 03:04:05 ",
 * 18), the time zone and a NUL. On Windows the zone is a name of up to 30 letters, elsewhere three or four. A whole
 * handshake adds the accounts (18 or more) and the first order id (10), and with them the states of the data farms
 * (several hundred).
 */
const VERSION_BYTES_AT_MOST = 4 + 4 + 18 + 30 + 1;

/** What the client end of a connection has received. */
export function repliesOf({ bytesReceived, dataSegmentsIn }: TcpRow): Replies {
  if (bytesReceived === null) return null;
  if (bytesReceived === 0) return 'none';
  if (dataSegmentsIn !== undefined) return dataSegmentsIn >= HANDSHAKE_SEGMENTS ? 'handshake' : 'version';
  return bytesReceived > VERSION_BYTES_AT_MOST ? 'handshake' : 'version';
}

/** The furthest reply seen so far: replies are never taken back. */
export function furthest(before: Replies, now: Replies): Replies {
  const rank = (replies: Replies) => (replies === null ? -1 : ['none', 'version', 'handshake'].indexOf(replies));
  return rank(now) >= rank(before) ? now : before;
}
