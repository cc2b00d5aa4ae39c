/** What a look could not count, and why. */
export interface Gaps {
  /** A line of the kernel's table could not be read: it may have been a row on any port. */
  rows: boolean;
  /** A configured Gateway host is not known: bots' connections to it are not told from others. */
  hosts: boolean;
  /** Ports behind whose forwarder the Gateway cannot be seen. */
  forwarded: ReadonlySet<number>;
  /** Ports of which a person watches only the bots' side, knowing that the other cannot be seen. */
  botsOnly: ReadonlySet<number>;
}

export const NO_GAPS: Gaps = { rows: false, hosts: false, forwarded: new Set(), botsOnly: new Set() };

/** Which counts of a port are not known. */
export interface UnknownCounts {
  client: boolean;
  gateway: boolean;
  /** Also true of both sides together: sum, closing connections. */
  total: boolean;
}

/** Which of a port's counts are not known. The Gateway's side counts as a gap of the whole unless a person accepted it. */
export function unknownCounts({ rows, hosts, forwarded, botsOnly }: Gaps, port: number): UnknownCounts {
  const client = rows || hosts;
  const gateway = rows || forwarded.has(port);
  return { client, gateway, total: client || (gateway && (rows || !botsOnly.has(port))) };
}
