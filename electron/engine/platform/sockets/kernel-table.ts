import type { Result } from '../../../../shared/result.ts';
import type { Problem } from '../../../../shared/snapshot.ts';
import type { KernelTable, TcpRow } from '../types.ts';
import { touches } from './addresses.ts';

/** Reads every row of the kernel's TCP table with one of the ports at either end. */
export type ReadTable = (ports: readonly number[]) => Promise<Result<KernelTable, Problem>>;

/** A table of just the rows that touch one of the ports, with the accept backlogs of the listeners among them. */
export function toKernelTable(
  source: string,
  rows: readonly TcpRow[],
  ports: readonly number[],
  problems: Problem[],
): KernelTable {
  const wanted = new Set(ports);
  const kept = rows.filter((row) => touches(row, wanted));
  return { source, rows: kept, backlog: backlogOf(kept, wanted), problems };
}

/** Adds up listeners on several addresses of one port; one with an unknown backlog makes the sum unknown. */
function backlogOf(rows: readonly TcpRow[], ports: ReadonlySet<number>): Map<number, number | null> {
  const backlog = new Map<number, number | null>();
  for (const row of rows) {
    if (row.state !== 'LISTEN' || !ports.has(row.local.port)) continue;
    const sum = backlog.get(row.local.port);
    backlog.set(row.local.port, sum === null || row.recvQ === null ? null : (sum ?? 0) + row.recvQ);
  }
  return backlog;
}
