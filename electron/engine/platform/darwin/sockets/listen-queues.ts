import { parseDotEndpoint } from '../../sockets/addresses.ts';
import type { Endpoint, Parsed } from '../../types.ts';

export interface ListenQueue {
  local: Endpoint;
  /** Connections that are complete and wait to be accepted. */
  waiting: number;
}

/**
 * The listeners of macOS `netstat -anL -p tcp`: `qlen/incqlen/maxqlen` and the address. The kernel counts the half-open connections
 * (incqlen) within qlen; those wait for their peer and not for the listener.
 */
export function parseListenQueues(text: string): Parsed<ListenQueue> {
  const rows: ListenQueue[] = [];
  let unreadable = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '' || /^(?:Current listen queue|Listen\s|Some )/.test(line)) continue;
    const match = /^\s*(?:tcp\w*\s+)?(\d+)\/(\d+)\/(\d+)\s+(\S+)/.exec(line);
    const local = match === null ? null : parseDotEndpoint(match[4] ?? '');
    if (local === null) unreadable += 1;
    else if (local !== 'portless') rows.push({ local, waiting: Math.max(0, Number(match?.[1]) - Number(match?.[2])) });
  }
  return { rows, unreadable };
}
