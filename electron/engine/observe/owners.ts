import type { OwnerState, ProcessRef, Side, Verdict } from '../../../shared/snapshot.ts';
import type { Holding } from '../platform/types.ts';
import { endpointText, indexHoldings } from './endpoints.ts';
import { leftByProbe, type TrackedZombie } from './zombies.ts';

/** A zombie with every process that holds it. */
export interface AttributedZombie extends TrackedZombie {
  holdings: Holding[];
}

/**
 * Joins the kernel's zombies with the descriptors that `lsof` found for them. Zombies read in another network are left
 * out: no process here could be signalled for them.
 */
export function attribute(zombies: Iterable<TrackedZombie>, holdings: readonly Holding[]): AttributedZombie[] {
  const holdingsOf = indexHoldings(holdings);
  return [...zombies]
    .filter(({ inside }) => !inside)
    .map((zombie) => ({ ...zombie, holdings: holdingsOf(zombie.row) }));
}

/** What the list of owners needs about each process. */
export interface OwnerFacts {
  refer(pid: number): ProcessRef;
  verdict(pid: number): Verdict;
  culprits(zombieKey: string): readonly ProcessRef[];
}

/** Groups counted zombies by process and side, worst first. A socket held by several processes is listed under each. */
export function listOwners(
  zombies: readonly AttributedZombie[],
  holdings: readonly Holding[],
  ports: ReadonlySet<number>,
  facts: OwnerFacts,
): OwnerState[] {
  const groups = new Map<string, { pid: number; side: Side; zombies: AttributedZombie[] }>();
  for (const zombie of zombies) {
    if (!zombie.counted) continue;
    for (const pid of new Set(zombie.holdings.map((holding) => holding.pid))) {
      const key = `${pid} ${zombie.side}`;
      const group = groups.get(key);
      if (group) group.zombies.push(zombie);
      else groups.set(key, { pid, side: zombie.side, zombies: [zombie] });
    }
  }
  const established = countEstablished(holdings, ports);
  const owners = [...groups.values()].map(({ pid, side, zombies: held }): OwnerState => {
    const culprits = new Map(held.flatMap(({ key }) => facts.culprits(key).map((ref) => [ref.pid, ref] as const)));
    const probes = held.filter(leftByProbe).length;
    return {
      process: facts.refer(pid),
      side,
      ports: [...new Set(held.map(({ port }) => port))].sort((one, other) => one - other),
      zombies: held.length,
      ...(probes > 0 && { probes }),
      established: established.get(pid) ?? 0,
      oldestMs: Math.round(Math.max(...held.map(({ ageMs }) => ageMs))),
      verdict: facts.verdict(pid),
      culprits: [...culprits.values()],
      sockets: [...held.flatMap((zombie) => socketsOf(zombie, pid)), ...closedSockets(holdings, pid, side, ports)],
    };
  });
  return owners.sort(worstFirst);
}

/** The display order of owners. */
export function worstFirst(one: OwnerState, other: OwnerState): number {
  return other.zombies - one.zombies || other.oldestMs - one.oldestMs || one.process.pid - other.process.pid;
}

function socketsOf(zombie: AttributedZombie, pid: number): OwnerState['sockets'] {
  const { local, remote } = zombie.row;
  return zombie.holdings
    .filter((holding) => holding.pid === pid)
    .map((holding) => ({
      local: endpointText(local),
      remote: remote ? endpointText(remote) : '*',
      state: 'CLOSE_WAIT',
      ageMs: Math.round(zombie.ageMs),
      fd: holding.fd,
    }));
}

/** Held, closed sockets (macOS): shown with their owner and not counted as zombies. */
function closedSockets(
  holdings: readonly Holding[],
  pid: number,
  side: Side,
  ports: ReadonlySet<number>,
): OwnerState['sockets'] {
  return holdings
    .filter(({ pid: holder, state, local, remote }) => {
      if (holder !== pid || state !== 'CLOSED' || remote === null) return false;
      return side === 'gateway' ? ports.has(local.port) : ports.has(remote.port);
    })
    .map(({ local, remote, fd }) => ({
      local: endpointText(local),
      remote: remote ? endpointText(remote) : '*',
      state: 'CLOSED',
      ageMs: null,
      fd,
    }));
}

function countEstablished(holdings: readonly Holding[], ports: ReadonlySet<number>): Map<number, number> {
  const seen = new Map<number, Set<string>>();
  for (const { pid, state, local, remote } of holdings) {
    if (state !== 'ESTABLISHED' || remote === null) continue;
    if (!ports.has(local.port) && !ports.has(remote.port)) continue;
    const sockets = seen.get(pid) ?? new Set<string>();
    sockets.add(`${endpointText(local)}>${endpointText(remote)}`);
    seen.set(pid, sockets);
  }
  return new Map([...seen].map(([pid, sockets]) => [pid, sockets.size]));
}
