import type { Endpoint, Holding, TcpRow } from '../platform/types.ts';

/** An endpoint as people and snapshots read it: `127.0.0.1:4002`, `[::1]:4002`. */
export function endpointText({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Identifies one end of one TCP connection, however many processes hold it. */
export function connectionKey({ local, remote }: Pick<TcpRow, 'local' | 'remote'>): string {
  return `${endpointText(local)}>${remote ? endpointText(remote) : '*'}`;
}

/** netstat on macOS truncates IPv6 addresses to 16 characters, so a common prefix of at least 15 counts as equal. */
const CUT_ADDRESS_LENGTH = 15;

function sameAddress(one: string, other: string): boolean {
  if (one === other) return true;
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return short.includes(':') && short.length >= CUT_ADDRESS_LENGTH && long.startsWith(short);
}

function sameEndpoint(one: Endpoint | null, other: Endpoint | null): boolean {
  if (one === null || other === null) return one === other;
  return one.port === other.port && sameAddress(one.address, other.address);
}

/**
 * Finds the holdings of kernel rows: by the socket's inode where both have one, else by both endpoints. Built once per
 * scan, so that a lookup costs the same with 10 and with 10,000 sockets.
 */
export function indexHoldings(holdings: readonly Holding[]): (row: TcpRow) => Holding[] {
  const byPorts = new Map<string, Holding[]>();
  const portsKey = ({ local, remote }: Pick<TcpRow, 'local' | 'remote'>) => `${local.port}>${remote?.port ?? '*'}`;
  for (const holding of holdings) {
    const key = portsKey(holding);
    const bucket = byPorts.get(key);
    if (bucket) bucket.push(holding);
    else byPorts.set(key, [holding]);
  }
  return (row) =>
    (byPorts.get(portsKey(row)) ?? []).filter((holding) =>
      row.inode !== null && holding.inode !== null
        ? row.inode === holding.inode
        : sameEndpoint(row.local, holding.local) && sameEndpoint(row.remote, holding.remote),
    );
}

/** The key of the connection's other end on this host. */
export function mirrored({ local, remote }: Pick<TcpRow, 'local' | 'remote'>): string | null {
  return remote === null ? null : connectionKey({ local: remote, remote: local });
}
