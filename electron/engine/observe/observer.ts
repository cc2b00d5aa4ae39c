import type { Result } from '../../../shared/result.ts';
import { success } from '../../../shared/result.ts';
import type { Problem } from '../../../shared/snapshot.ts';
import { toKernelTable } from '../platform/kernel-table.ts';
import type { KernelTable, Platform } from '../platform/types.ts';
import type { KnownHosts } from './gateway-hosts.ts';
import { findSessions, type JamMemory, judgeJams, NO_JAM_MEMORY, type Session } from './sessions.ts';
import { type CountingRule, socketKey, type TrackedZombie, trackZombies } from './zombies.ts';

/** One successful look at the kernel's table. */
export interface Look {
  table: KernelTable;
  /** The same moment's rows on the watched ports and on those read besides. */
  beyond: KernelTable;
  zombies: ReadonlyMap<string, TrackedZombie>;
  sessions: readonly Session[];
  jammed: ReadonlyMap<number, boolean | null>;
  /** Changes exactly when the set of connections and listeners on the watched ports does. */
  fingerprint: string;
  /** Monotonic time at which the look began. */
  at: number;
  durationMs: number;
}

export interface ObserverOptions {
  platform: Platform;
  hosts: () => KnownHosts | Promise<KnownHosts>;
  /** Monotonic milliseconds. */
  now: () => number;
}

/** Looks at the kernel's table and remembers, between looks, how long each zombie and each unread byte has been there. */
export class Observer {
  readonly #options: ObserverOptions;
  #zombies: ReadonlyMap<string, TrackedZombie> = new Map();
  #jams: JamMemory = NO_JAM_MEMORY;

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  /** One cheap look, at some ports `besides` too. A failure leaves the memory as it was: what was not seen is not gone. */
  async look(
    ports: readonly number[],
    rule: CountingRule,
    besides: ReadonlySet<number> = new Set(),
  ): Promise<Result<Look, Problem>> {
    const { platform, hosts, now } = this.#options;
    const known = await hosts();
    const at = now();
    const read = await platform.readTable([...new Set([...ports, ...besides])]);
    if (!read.ok) return read;
    const { source, rows, problems } = read.value;
    const narrow = besides.size === 0 ? read.value : toKernelTable(source, rows, ports, problems);
    const table = { ...narrow, problems: [...problems, ...known.problems] };
    const watched = { ports: new Set(ports), isGateway: known.isGateway };
    const zombies = trackZombies(this.#zombies, table.rows, watched, rule, at);
    const sessions = findSessions(table.rows, watched);
    const { memory, jammed } = judgeJams(this.#jams, sessions, table.backlog, at);
    this.#zombies = zombies;
    this.#jams = memory;
    const fingerprint = fingerprintOf(table);
    return success({ table, beyond: read.value, zombies, sessions, jammed, fingerprint, at, durationMs: now() - at });
  }
}

/** States whose sockets no process holds any more; they come and go without a change of owners. */
const ORPHANED = new Set(['TIME_WAIT', 'FIN_WAIT_1', 'FIN_WAIT_2', 'LAST_ACK', 'CLOSING']);

/** Changes exactly when the set of connections and listeners of a table does. */
export function fingerprintOf({ rows }: Pick<KernelTable, 'rows'>): string {
  return (
    rows
      .filter(({ state }) => !ORPHANED.has(state))
      // The inode tells a listener that was replaced, and a connection that was accepted, from what was there before.
      .map((row) => `${row.state} ${socketKey(row)}`)
      .sort()
      .join('\n')
  );
}
