import type { Result } from '../../../shared/result.ts';
import { success } from '../../../shared/result.ts';
import type { Problem } from '../../../shared/snapshot.ts';
import type { Holding, HoldingsRead, Platform, ProcessTable } from '../platform/types.ts';
import { mayServeApi } from './programs.ts';

/** Who holds what: every process, and every socket on the given ports or on a port that a Gateway program listens on. */
export interface Attribution {
  processes: ProcessTable;
  holdings: Holding[];
  /** Lines of `lsof` that could not be read. */
  unreadable: number;
  /** How the holdings were read. */
  by: HoldingsRead['by'];
  /** The ports asked for plus those learned from running Gateway programs. */
  ports: ReadonlySet<number>;
}

/**
 * Reads the attribution afresh. A Gateway's unusual ports join the others: those of every Gateway program, and those of whatever
 * else listens on one of the ports. With `expected`, the ports that the last attribution came to, the holders are read beside the
 * processes instead of after them, and once more only when that turns out to have asked for too few.
 */
export async function readAttribution(
  platform: Platform,
  ports: Iterable<number>,
  expected: ReadonlySet<number> | null = null,
): Promise<Result<Attribution, Problem>> {
  const all = new Set(ports);
  let asked = new Set([...all, ...(expected ?? [])]);
  const early = expected === null ? null : platform.readHoldings([...asked]);
  const processes = await platform.readProcesses();
  if (!processes.ok) return processes;
  const gateways = [...processes.value.values()].filter((process) => !process.corpse && mayServeApi(process));
  const known = new Set(gateways.map(({ pid }) => pid));
  const learned = await learnPorts(platform, known, all);
  if (!learned.ok) return learned;
  const read = () => {
    asked = new Set(all);
    return platform.readHoldings([...all]);
  };
  let holdings = await (early !== null && isWithin(all, asked) ? early : read());
  if (!holdings.ok) return holdings;
  const strangers = new Set(
    holdings.value.rows
      .filter(({ pid, state, local }) => state === 'LISTEN' && all.has(local.port) && !known.has(pid))
      .map(({ pid }) => pid),
  );
  const more = await learnPorts(platform, strangers, all);
  if (!more.ok) return more;
  if (more.value && !isWithin(all, asked)) {
    holdings = await read();
    if (!holdings.ok) return holdings;
  }
  // A port that was only expected, and is no Gateway's any more, is none of the others.
  const rows = holdings.value.rows.filter(({ local, remote }) => all.has(local.port) || all.has(remote?.port ?? 0));
  const { unreadable, by } = holdings.value;
  return success({ processes: processes.value, holdings: rows, unreadable, by, ports: all });
}

function isWithin(some: ReadonlySet<number>, all: ReadonlySet<number>): boolean {
  return [...some].every((one) => all.has(one));
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
