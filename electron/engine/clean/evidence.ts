import { isLauncher } from '../observe/process/programs.ts';
import { describeProcess } from '../observe/process/scripts.ts';
import type { Holding, ProcessRecord, ProcessTable, TcpRow } from '../platform/types.ts';

/** Everything a verdict rests on, read at one moment. It covers all protected ports, not just those shown. */
export interface Evidence {
  processes: ProcessTable;
  /** Every visible process's sockets with a protected port at either end. */
  holdings: readonly Holding[];
  protectedPorts: ReadonlySet<number>;
  /** Protected ports that are only a tunnel's: sessions on them count, listening on them does not. None when absent. */
  tunnelPorts?: ReadonlySet<number>;
  /** Rows of the kernel's table, which tell whether a session was answered. A session without a row counts as answered. */
  rows?: readonly TcpRow[];
  /** Processes that the kernel did not confirm as holders of their zombies' sockets (Linux: the inode in /proc/PID/fd). */
  unproven: ReadonlySet<number>;
  self: { pid: number; uid: number };
  /** Globs of the bot list. */
  botNames: readonly string[];
}

/** Ports that are always protected: IBKR's API ports and those of the usual container images. */
export const ALWAYS_PROTECTED_PORTS: readonly number[] = [7496, 7497, 4001, 4002, 4003, 4004];

/** The children of each process, by the parent's pid. */
export function childrenOf(processes: ProcessTable): ReadonlyMap<number, ProcessRecord[]> {
  const children = new Map<number, ProcessRecord[]>();
  for (const process of processes.values()) {
    if (process.ppid === process.pid) continue;
    const siblings = children.get(process.ppid);
    if (siblings) siblings.push(process);
    else children.set(process.ppid, [process]);
  }
  return children;
}

/** The parent, its parent and so on to the top. A cycle in a torn table ends the walk. */
export function ancestorsOf(pid: number, processes: ProcessTable): ProcessRecord[] {
  const ancestors: ProcessRecord[] = [];
  const seen = new Set([pid]);
  for (let at = processes.get(pid)?.ppid; at !== undefined && !seen.has(at); at = processes.get(at)?.ppid) {
    const ancestor = processes.get(at);
    if (ancestor === undefined) break;
    seen.add(at);
    ancestors.push(ancestor);
  }
  return ancestors;
}

/**
 * The ancestors below the first launcher, nearest first: they belong together with the process. An ancestor that could
 * not be read counts and ends the walk.
 */
export function kinAbove(pid: number, processes: ProcessTable): number[] {
  const above: number[] = [];
  for (let at = processes.get(pid)?.ppid; at !== undefined && at > 1; at = processes.get(at)?.ppid) {
    const ancestor = processes.get(at);
    if (at === pid || above.includes(at) || (ancestor !== undefined && isLauncher(ancestor))) break;
    above.push(at);
  }
  return above;
}

/** All descendants of a process, except those for which `stopAt` says that the family ends there. */
export function descendantsOf(
  pid: number,
  children: ReadonlyMap<number, ProcessRecord[]>,
  stopAt: (process: ProcessRecord) => boolean = () => false,
): ProcessRecord[] {
  const descendants: ProcessRecord[] = [];
  const seen = new Set([pid]);
  const waiting = [pid];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const child of children.get(at) ?? []) {
      if (seen.has(child.pid) || stopAt(child)) continue;
      seen.add(child.pid);
      descendants.push(child);
      waiting.push(child.pid);
    }
  }
  return descendants;
}

/** "app.py (4312)". */
export function nameOf(pid: number, { processes }: Pick<Evidence, 'processes'>): string {
  const process = processes.get(pid);
  return `${process ? describeProcess(process).name : 'process'} (${pid})`;
}
