/** What a scan could not count, and why. */
export interface Gaps {
  /** A line of the kernel's table could not be read; it may have been a row on any port. */
  rows: boolean;
  /** A configured Gateway host did not resolve, so bots' connections to it cannot be recognised. */
  hosts: boolean;
  /** Ports whose forwarder hides the Gateway. */
  forwarded: ReadonlySet<number>;
  /** Ports that the user set to the bots' side only, knowing that the Gateway's side cannot be seen. */
  botsOnly: ReadonlySet<number>;
}

export const NO_GAPS: Gaps = { rows: false, hosts: false, forwarded: new Set(), botsOnly: new Set() };

/** Which counts of a port are unknown. */
export interface UnknownCounts {
  client: boolean;
  gateway: boolean;
  /** Applies to everything that spans both sides too: the sum, and closing connections. */
  total: boolean;
}

/** Which of a port's counts are unknown. A hidden Gateway's side makes the total unknown too, unless the user accepted that. */
export function unknownCounts({ rows, hosts, forwarded, botsOnly }: Gaps, port: number): UnknownCounts {
  const client = rows || hosts;
  const gateway = rows || forwarded.has(port);
  return { client, gateway, total: client || (gateway && (rows || !botsOnly.has(port))) };
}
