import { connectionKey, mirrored } from '../../../observe/endpoints.ts';
import type { TcpRow } from '../../../platform/types.ts';

/** Both ends of one connection, as far as this machine's table lists them. */
export interface Connection {
  key: string;
  port: number;
  client: TcpRow | null;
  gateway: TcpRow | null;
}

/** The phase of a connection: not accepted yet, up, or closed, and by which end first. */
export type Phase = 'opening' | 'open' | 'closed-by-gateway' | 'closed-by-bot';

/** Joins the rows of each connection to one of the ports, in any state. */
export function findConnections(rows: readonly TcpRow[], ports: ReadonlySet<number>): Map<string, Connection> {
  const found = new Map<string, Connection>();
  for (const row of rows) {
    const { local, remote } = row;
    if (remote === null || row.state === 'LISTEN') continue;
    const client = ports.has(remote.port);
    const port = client ? remote.port : local.port;
    if (!ports.has(port)) continue;
    const key = client ? connectionKey(row) : (mirrored(row) ?? connectionKey(row));
    const connection = found.get(key) ?? { key, port, client: null, gateway: null };
    connection[client ? 'client' : 'gateway'] = row;
    found.set(key, connection);
  }
  return found;
}

/**
 * Tells from the states who closed first: the end that did is in TIME_WAIT or FIN_WAIT, the other one in CLOSE_WAIT or
 * LAST_ACK. `null` when the rows do not say.
 */
export function phaseOf({ client, gateway }: Connection): Phase | null {
  switch (client?.state) {
    case 'SYN_SENT':
      return 'opening';
    case 'ESTABLISHED':
      return 'open';
    case 'CLOSE_WAIT':
    case 'LAST_ACK':
      return 'closed-by-gateway';
    case 'FIN_WAIT_1':
    case 'FIN_WAIT_2':
    case 'CLOSING':
    case 'TIME_WAIT':
      return 'closed-by-bot';
  }
  switch (gateway?.state) {
    case 'SYN_RECEIVED':
    case 'ESTABLISHED':
      return 'open';
    case 'FIN_WAIT_1':
    case 'FIN_WAIT_2':
    case 'CLOSING':
    case 'TIME_WAIT':
      return 'closed-by-gateway';
    case 'CLOSE_WAIT':
    case 'LAST_ACK':
      return 'closed-by-bot';
  }
  return null;
}
