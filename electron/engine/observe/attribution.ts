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

/**
 * Reads the attribution afresh. A Gateway's unusual ports join the others: those of every Gateway program, and those of whatever
 * else listens on one of the ports.
 */
export async function readAttribution(
  platform: Platform,
  ports: Iterable<number>,
): Promise<Result<Attribution, Problem>> {
  const processes = await platform.readProcesses();
  if (!processes.ok) return processes;
  const gateways = [...processes.value.values()].filter((process) => !process.corpse && mayServeApi(process));
  const known = new Set(gateways.map(({ pid }) => pid));
  const all = new Set(ports);
  const learned = await learnPorts(platform, known, all);
  if (!learned.ok) return learned;
  let holdings = await platform.readHoldings([...all]);
  if (!holdings.ok) return holdings;
  const strangers = new Set(
    holdings.value.rows
      .filter(({ pid, state, local }) => state === 'LISTEN' && all.has(local.port) && !known.has(pid))
      .map(({ pid }) => pid),
  );
  const more = await learnPorts(platform, strangers, all);
  if (!more.ok) return more;
  if (more.value) {
    holdings = await platform.readHoldings([...all]);
    if (!holdings.ok) return holdings;
  }
  const { rows, unreadable } = holdings.value;
  return success({ processes: processes.value, holdings: rows, unreadable, ports: all });
}

/** Adds the ports that these processes listen on; the value says whether any was new. */
async function learnPorts(
  platform: Platform,
  pids: ReadonlySet<number>,
  ports: Set<number>,
): Promise<Result<boolean, Problem>> {
  if (pids.size === 0) return success(false);
  const learned = await platform.readListeningPorts([...pids]);
  if (!learned.ok) return learned;
  const before = ports.size;
  for (const port of learned.value) ports.add(port);
  return success(ports.size > before);
}
