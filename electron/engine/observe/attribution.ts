import type { Result } from '../../../shared/result.ts';
import { success } from '../../../shared/result.ts';
import type { Problem } from '../../../shared/snapshot.ts';
import type { Holding, HoldingsRead, Platform, ProcessTable } from '../platform/types.ts';
import { isTunnel, portsThroughTunnels } from './forwarded/tunnels.ts';
import { gatewayProgram, mayServeApi } from './process/programs.ts';

/** Who holds what: every process, and every socket on the given ports or on a port where a Gateway program listens. */
export interface Attribution {
  processes: ProcessTable;
  holdings: Holding[];
  /** Number of `lsof` lines that could not be read. */
  unreadable: number;
  by: HoldingsRead['by'];
  /** The ports asked for, those that running Gateway programs listen on, and those of tunnels that lead to any of them. */
  ports: ReadonlySet<number>;
  /** Those of `ports` that are only a tunnel's: a client there has an API session, but the listener is no Gateway. */
  tunnelPorts: ReadonlySet<number>;
}

/**
 * Reads the attribution. A Gateway's unusual ports are added: those of every Gateway program, and those of any Java
 * that listens on one of the ports. Other listeners there (docker-proxy, nginx) add none: a database that the same
 * program publishes is no API. A tunnel's port is added if it leads to one of these. With `expected`, the ports of the
 * last attribution, the holders are read in parallel with the processes, and again only if that turns out to cover too
 * few ports.
 */
export async function readAttribution(
  platform: Platform,
  ports: Iterable<number>,
  expected: ReadonlySet<number> | null = null,
): Promise<Result<Attribution, Problem>> {
  const served = new Set(ports);
  let asked = new Set([...served, ...(expected ?? [])]);
  const early = expected === null ? null : platform.readHoldings([...asked]);
  const processes = await platform.readProcesses();
  if (!processes.ok) return processes;
  const living = [...processes.value.values()].filter(({ corpse }) => !corpse);
  const known = new Set(living.filter(mayServeApi).map(({ pid }) => pid));
  const learned = await listeningPorts(platform, known);
  if (!learned.ok) return learned;
  for (const port of learned.value) served.add(port);
  const tunnels = living.filter(isTunnel);
  const tunnelled = await listeningPorts(platform, new Set(tunnels.map(({ pid }) => pid)));
  if (!tunnelled.ok) return tunnelled;
  let through = portsThroughTunnels(tunnels, tunnelled.value, served);
  const all = () => new Set([...served, ...through]);
  const read = () => {
    asked = all();
    return platform.readHoldings([...asked]);
  };
  let holdings = await (early !== null && isWithin(all(), asked) ? early : read());
  if (!holdings.ok) return holdings;
  const otherServers = new Set(
    holdings.value.rows
      .filter(({ pid, state, local }) => state === 'LISTEN' && served.has(local.port) && !known.has(pid))
      .map(({ pid }) => pid)
      .filter((pid) => isJava(processes.value, pid)),
  );
  const more = await listeningPorts(platform, otherServers);
  if (!more.ok) return more;
  for (const port of more.value) served.add(port);
  through = portsThroughTunnels(tunnels, tunnelled.value, served);
  if (!isWithin(all(), asked)) {
    holdings = await read();
    if (!holdings.ok) return holdings;
  }
  const found = all();
  // Drops ports that were expected and are no longer a Gateway's.
  const rows = holdings.value.rows.filter(({ local, remote }) => found.has(local.port) || found.has(remote?.port ?? 0));
  const { unreadable, by } = holdings.value;
  return success({
    processes: processes.value,
    holdings: rows,
    unreadable,
    by,
    ports: found,
    tunnelPorts: through,
  });
}

function isJava(processes: ProcessTable, pid: number): boolean {
  const process = processes.get(pid);
  return process !== undefined && gatewayProgram(process) !== null;
}

function isWithin(some: ReadonlySet<number>, all: ReadonlySet<number>): boolean {
  return [...some].every((one) => all.has(one));
}

async function listeningPorts(platform: Platform, pids: ReadonlySet<number>): Promise<Result<number[], Problem>> {
  return pids.size === 0 ? success([]) : platform.readListeningPorts([...pids]);
}
