import type { Side } from '../../../shared/snapshot.ts';
import type { TcpRow } from '../platform/types.ts';

/** Is this address this host's or a configured Gateway host's? */
export type GatewayAddress = (address: string) => boolean;

/** True for 127.0.0.0/8 and ::1. */
export function isLoopback(address: string): boolean {
  return address === '::1' || /^127\.\d+\.\d+\.\d+$/.test(address);
}

/**
 * Which end of an API connection a row is: `gateway` when a watched port is its local end, `client` when it is the
 * remote end on this host or a configured Gateway host. `null` for everything else, including the Gateway's own session
 * to IBKR (upstream).
 */
export function sideOf(row: TcpRow, ports: ReadonlySet<number>, isGateway: GatewayAddress): Side | null {
  if (row.remote === null) return null;
  if (ports.has(row.local.port)) return 'gateway';
  if (!ports.has(row.remote.port)) return null;
  const here = isLoopback(row.remote.address) || row.remote.address === row.local.address;
  return here || isGateway(row.remote.address) ? 'client' : null;
}

/** The watched port of a row that has a side. */
export function watchedPortOf(row: TcpRow, side: Side): number {
  return side === 'gateway' ? row.local.port : (row.remote?.port ?? row.local.port);
}
