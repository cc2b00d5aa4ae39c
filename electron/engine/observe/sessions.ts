import type { TcpRow } from '../platform/types.ts';
import { connectionKey, mirrored } from './endpoints.ts';
import { sideOf, watchedPortOf } from './sides.ts';
import type { Watched } from './zombies.ts';

/** A session keeps unread bytes at the gateway end for this long before the Gateway counts as jammed. */
export const JAMMED_AFTER_MS = 10_000;

/** The accept backlog stays above 0 for this many looks before the Gateway counts as jammed. */
export const JAMMED_BACKLOG_LOOKS = 3;
/** Looks closer together than this are one: a clean that verifies looks every 20 ms, and a backlog of 60 ms is no jam. */
const BACKLOG_LOOK_MS = 400;

/** An ESTABLISHED connection on a watched port. On loopback both ends are rows, and it is one session. */
export interface Session {
  key: string;
  port: number;
  /** The bot's end, when it is on this host. */
  client: TcpRow | null;
  /** The Gateway's end, when it is on this host. */
  gateway: TcpRow | null;
  /** Has the Gateway sent at least one byte? TCP alone proves nothing; `null` where the system does not say. */
  answered: boolean | null;
}

/** One end of a session to which the other end has not sent a single byte. */
export function isUnanswered({ state, bytesReceived }: Pick<TcpRow, 'state' | 'bytesReceived'>): boolean {
  return state === 'ESTABLISHED' && bytesReceived === 0;
}

/** Joins both ends of every session among the rows. */
export function findSessions(rows: readonly TcpRow[], watched: Watched): Session[] {
  const sessions = new Map<string, Session>();
  for (const row of rows) {
    if (row.state !== 'ESTABLISHED') continue;
    const side = sideOf(row, watched.ports, watched.isGateway);
    if (side === null) continue;
    const key = side === 'client' ? connectionKey(row) : (mirrored(row) ?? connectionKey(row));
    const session = sessions.get(key) ?? {
      key,
      port: watchedPortOf(row, side),
      client: null,
      gateway: null,
      answered: null,
    };
    session[side] = row;
    sessions.set(key, session);
  }
  for (const session of sessions.values()) {
    const received = session.client?.bytesReceived ?? null;
    session.answered = received === null ? null : received > 0;
  }
  return [...sessions.values()];
}

/** What must be remembered between looks to tell a jammed Gateway from a busy one. */
export interface JamMemory {
  /** Monotonic time since when a session's gateway end has had unread bytes, by session key. */
  unreadSince: ReadonlyMap<string, number>;
  /** For how many looks in a row the backlog of a port has been above 0, and the monotonic time of the last that counted. */
  backlogLooks: ReadonlyMap<number, { looks: number; at: number }>;
}

export const NO_JAM_MEMORY: JamMemory = { unreadSince: new Map(), backlogLooks: new Map() };

/** Judges each port: true when jammed, false when not, `null` when unread bytes are too new to tell. */
export function judgeJams(
  memory: JamMemory,
  sessions: readonly Session[],
  backlog: ReadonlyMap<number, number | null>,
  now: number,
): { memory: JamMemory; jammed: ReadonlyMap<number, boolean | null> } {
  const unreadSince = new Map<string, number>();
  const backlogLooks = new Map<number, { looks: number; at: number }>();
  const jammed = new Map<number, boolean | null>();
  const worsen = (port: number, to: boolean | null) => {
    if (jammed.get(port) !== true) jammed.set(port, to);
  };
  for (const { key, port, gateway } of sessions) {
    if (gateway === null || (gateway.recvQ ?? 0) === 0) continue;
    const since = memory.unreadSince.get(key) ?? now;
    unreadSince.set(key, since);
    // Unread bytes cannot be younger than the last segment that came in: Linux proves a jam at the first look.
    const unreadForMs = Math.max(now - since, gateway.lastSegmentMs ?? 0);
    worsen(port, unreadForMs > JAMMED_AFTER_MS ? true : null);
  }
  for (const [port, waiting] of backlog) {
    if ((waiting ?? 0) === 0) continue;
    const before = memory.backlogLooks.get(port);
    const counts = before === undefined || now - before.at >= BACKLOG_LOOK_MS;
    const seen = counts ? { looks: (before?.looks ?? 0) + 1, at: now } : before;
    backlogLooks.set(port, seen);
    worsen(port, seen.looks >= JAMMED_BACKLOG_LOOKS ? true : null);
  }
  return { memory: { unreadSince, backlogLooks }, jammed };
}
