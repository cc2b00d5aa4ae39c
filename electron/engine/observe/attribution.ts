import type { Result } from '../../../shared/result.ts';
import { success } from '../../../shared/result.ts';
import type { Problem } from '../../../shared/snapshot.ts';
import type { Holding, Platform, ProcessTable } from '../platform/types.ts';
import { mayServeApi } from './programs.ts';

/** Who holds what: every process, and every socket on the given ports or on a port that a Gateway program listens on. */
export interface Attribution {
  processes: ProcessTable;
  holdings: Holding[];
  /** Lines of `lsof` that could not be read. */
  unreadable: number;
  /** The ports asked for plus those learned from running Gateway programs. */
  ports: ReadonlySet<number>;
}

/** Reads the attribution afresh. A Gateway on an unusual port is found by its program, and its port then joins the others. */
export async function readAttribution(
  platform: Platform,
  ports: Iterable<number>,
): Promise<Result<Attribution, Problem>> {
  const processes = await platform.readProcesses();
  if (!processes.ok) return processes;
  const gateways = [...processes.value.values()].filter((process) => !process.corpse && mayServeApi(process));
  const all = new Set(ports);
  if (gateways.length > 0) {
    const learned = await platform.readListeningPorts(gateways.map(({ pid }) => pid));
    if (!learned.ok) return learned;
    for (const port of learned.value) all.add(port);
  }
  const holdings = await platform.readHoldings([...all]);
  if (!holdings.ok) return holdings;
  const { rows, unreadable } = holdings.value;
  return success({ processes: processes.value, holdings: rows, unreadable, ports: all });
}
