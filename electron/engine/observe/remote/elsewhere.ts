import type { ElsewhereState } from '../../../../shared/snapshot.ts';
import type { Holding, ProcessRecord, ProcessTable, TcpRow } from '../../platform/types.ts';
import { indexHoldings } from '../endpoints.ts';
import { gatewayProgram } from '../process/programs.ts';
import { describeProcess } from '../process/scripts.ts';
import { sideOf } from '../sides.ts';
import type { TrackedZombie, Watched } from '../zombies.ts';

/** Gateways connect to IBKR on these ports (FACTS: 4000 and 4001). */
const UPSTREAM_PORTS: ReadonlySet<number> = new Set([4000, 4001]);

/** A connection to a watched port on a machine that is neither this one nor a configured Gateway host. */
export function isElsewhere(row: TcpRow, { ports, isGateway }: Watched): boolean {
  return row.remote !== null && ports.has(row.remote.port) && sideOf(row, ports, isGateway) === null;
}

/** What a scan found about connections to other machines. */
export interface ElsewhereFacts {
  zombies: Iterable<TrackedZombie>;
  sessions: readonly TcpRow[];
  /** Who holds what, as last read; `null` when unknown. */
  owners: { holdings: readonly Holding[]; processes: ProcessTable } | null;
  isBot(process: ProcessRecord): boolean;
}

/**
 * Bots' connections to other machines, by address and port. A connection without a visible holder is included unless it
 * may be a Gateway's own session to IBKR; processes that are not on the bot list are left out.
 */
export function listElsewhere({ zombies, sessions, owners, isBot }: ElsewhereFacts): ElsewhereState[] {
  const holdingsOf = owners === null ? () => [] : indexHoldings(owners.holdings);
  const found = new Map<string, ElsewhereState>();
  const add = (row: TcpRow, kind: 'zombies' | 'established') => {
    if (row.remote === null) return;
    const pids = [...new Set(holdingsOf(row).map(({ pid }) => pid))];
    const holders = pids.flatMap((pid) => owners?.processes.get(pid) ?? []);
    const bots = holders.filter((process) => gatewayProgram(process) === null && isBot(process));
    const unseen = pids.length === 0 && kind === 'zombies' && !UPSTREAM_PORTS.has(row.remote.port);
    if (bots.length === 0 && !unseen) return;
    const { address, port } = row.remote;
    const key = `${address} ${port}`;
    const entry = found.get(key) ?? { address, port, zombies: 0, established: 0, processes: [] };
    entry[kind] += 1;
    for (const bot of bots) {
      if (!entry.processes.some(({ pid }) => pid === bot.pid)) entry.processes.push(describeProcess(bot));
    }
    found.set(key, entry);
  };
  for (const { row, counted } of zombies) if (counted) add(row, 'zombies');
  for (const row of sessions) add(row, 'established');
  return [...found.values()].sort(
    (one, other) => other.zombies - one.zombies || other.established - one.established || one.port - other.port,
  );
}
