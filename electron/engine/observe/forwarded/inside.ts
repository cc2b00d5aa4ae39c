import type { Networks, TcpRow } from '../../platform/types.ts';
import type { Session } from '../sessions.ts';
import { findSessions } from '../sessions.ts';
import { type CountingRule, type TrackedZombie, trackZombies } from '../zombies.ts';
import type { ForwardedPort } from './forwarding.ts';

/** What was read about a forwarded port's Gateway in its own network. */
export interface Inside {
  /** The watched port that leads to it. */
  port: number;
  /** The port the Gateway itself listens on. */
  ownPort: number;
  rows: readonly TcpRow[];
  /** Connections waiting in its accept backlog; `null` when it is not listening. */
  backlog: number | null;
}

/** Reads the Gateways behind the forwarded ports, by watched port; `null` for one that cannot be read now. */
export async function readInside(
  networks: Networks | undefined,
  forwarded: ReadonlyMap<number, ForwardedPort>,
): Promise<Map<number, Inside | null>> {
  const found = new Map<number, Inside | null>();
  for (const [port, { lead }] of forwarded) {
    const read = lead === null || networks === undefined ? null : await networks.read(lead.through, lead.network);
    if (lead === null || !read?.ok) {
      found.set(port, null);
      continue;
    }
    const rows = read.value.filter(({ local }) => local.port === lead.port);
    const listeners = rows.filter(({ state }) => state === 'LISTEN');
    const backlog = listeners.length === 0 ? null : listeners.reduce((sum, { recvQ }) => sum + (recvQ ?? 0), 0);
    found.set(port, { port, ownPort: lead.port, rows, backlog });
  }
  return found;
}

/** The zombies of a Gateway in another network, as zombies of the watched port. They are counted and never acted on. */
export function zombiesInside(
  previous: ReadonlyMap<string, TrackedZombie>,
  { port, ownPort, rows }: Inside,
  rule: CountingRule,
  now: number,
): TrackedZombie[] {
  const prefix = `${port}<`;
  const known = [...previous].flatMap(([key, zombie]) =>
    key.startsWith(prefix) ? [[key.slice(prefix.length), zombie] as const] : [],
  );
  const tracked = trackZombies(new Map(known), rows, onlyPort(ownPort), rule, now);
  return [...tracked.values()].map((zombie) => ({
    ...zombie,
    key: `${prefix}${zombie.key}`,
    port,
    inside: true as const,
  }));
}

/** The sessions of a Gateway in another network, as sessions of the watched port: they show whether it reads. */
export function sessionsInside({ port, ownPort, rows }: Inside): Session[] {
  return findSessions(rows, onlyPort(ownPort)).map((session) => ({ ...session, key: `${port}<${session.key}`, port }));
}

/** A forwarder inside the same network is a client of the Gateway; its end of the connection is not a bot's zombie. */
function onlyPort(port: number): { ports: ReadonlySet<number>; isGateway: () => boolean } {
  return { ports: new Set([port]), isGateway: () => false };
}
