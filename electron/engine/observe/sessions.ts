import type { TcpRow } from '../platform/types.ts';
import { connectionKey, mirrored } from './endpoints.ts';
import { sideOf, watchedPortOf } from './sides.ts';
import type { Watched } from './zombies.ts';

/** An ESTABLISHED connection on a watched port. On loopback both ends are rows of the same session. */
export interface Session {
  key: string;
  port: number;
  /** The bot's end, if it is on this host. */
  client: TcpRow | null;
  /** The Gateway's end, if it is on this host. */
  gateway: TcpRow | null;
  /** Has the Gateway sent at least one byte? TCP alone proves nothing; `null` where the system does not say. */
  answered: boolean | null;
}

/** True for an end of a session that has not received a single byte. */
export function isUnanswered({ state, bytesReceived }: Pick<TcpRow, 'state' | 'bytesReceived'>): boolean {
  return state === 'ESTABLISHED' && bytesReceived === 0;
}

/** Joins both ends of each session among the rows. */
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
