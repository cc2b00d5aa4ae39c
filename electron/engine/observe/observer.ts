import type { Result } from '../../../shared/result.ts';
import { success } from '../../../shared/result.ts';
import type { Problem } from '../../../shared/snapshot.ts';
import { toKernelTable } from '../platform/sockets/kernel-table.ts';
import type { KernelTable, Platform, TcpRow } from '../platform/types.ts';
import type { ForwardedPort } from './forwarded/forwarding.ts';
import { type Inside, readInside, sessionsInside, zombiesInside } from './forwarded/inside.ts';
import type { Gaps } from './gaps.ts';
import { type JamMemory, judgeJams, NO_JAM_MEMORY } from './jams.ts';
import { isElsewhere } from './remote/elsewhere.ts';
import type { KnownHosts } from './remote/gateway-hosts.ts';
import { findSessions, isUnanswered, type Session } from './sessions.ts';
import { type CountingRule, socketKey, type TrackedZombie, trackZombies, type Watched } from './zombies.ts';

/** One successful reading of the kernel's table. */
export interface Look {
  table: KernelTable;
  /** The rows of the watched ports and of the additional ones, from the same read. */
  beyond: KernelTable;
  zombies: ReadonlyMap<string, TrackedZombie>;
  sessions: readonly Session[];
  jammed: ReadonlyMap<number, boolean | null>;
  /** Connections in the accept backlog by port, including those of a Gateway behind a forwarder. */
  backlog: ReadonlyMap<number, number | null>;
  /** Any process's connections to watched ports on machines that are no Gateway hosts. */
  elsewhere: { zombies: ReadonlyMap<string, TrackedZombie>; sessions: readonly TcpRow[] };
  gaps: Gaps;
  /** Forwarded ports whose known Gateway could not be read this time. */
  lost: readonly number[];
  /**
   * Changes exactly when the set of connections and listeners on the watched ports changes, or a session gets its first
   * answer.
   */
  fingerprint: string;
  /** Monotonic time when the reading began. */
  at: number;
  durationMs: number;
}

export interface ObserverOptions {
  platform: Platform;
  hosts: () => KnownHosts | Promise<KnownHosts>;
  /** Monotonic milliseconds. */
  now: () => number;
  /** Which ports are forwarded, and which are watched on the bots' side only; none when absent. */
  view?: () => ForwardingView;
}

/** What a reading needs to know about the Gateway's side of the ports. */
export interface ForwardingView {
  forwarded: ReadonlyMap<number, ForwardedPort>;
  botsOnly: ReadonlySet<number>;
}

const NOTHING_FORWARDED: ForwardingView = { forwarded: new Map(), botsOnly: new Set() };

/** Reads the kernel's table and remembers, between reads, how long each zombie and each unread byte has been there. */
export class Observer {
  readonly #options: ObserverOptions;
  #zombies: ReadonlyMap<string, TrackedZombie> = new Map();
  #elsewhere: ReadonlyMap<string, TrackedZombie> = new Map();
  #jams: JamMemory = NO_JAM_MEMORY;

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  /**
   * Reads the table once, including the ports in `besides`. A failure leaves the memory unchanged: what was not seen is
   * not gone.
   */
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
    const { forwarded, botsOnly } = this.#options.view?.() ?? NOTHING_FORWARDED;
    const seen = await readInside(platform.networks, forwarded);
    const inside = [...seen.values()].filter((one) => one !== null);
    const gaps: Gaps = {
      rows: (read.value.unreadable ?? 0) > 0,
      hosts: known.problems.length > 0,
      forwarded: new Set([...seen].flatMap(([port, one]) => (one === null ? [port] : []))),
      botsOnly,
    };
    const zombies = withInside(trackZombies(this.#zombies, table.rows, watched, rule, at), inside, (one) =>
      zombiesInside(this.#zombies, one, rule, at),
    );
    const sessions = findSessions(table.rows, watched);
    const backlog = new Map([
      ...table.backlog,
      ...inside.map(({ port, backlog: waiting }) => [port, waiting] as const),
    ]);
    const everySession = [...sessions, ...inside.flatMap(sessionsInside)];
    const { memory, jammed } = judgeJams(
      this.#jams,
      { sessions: everySession, zombies: zombies.values(), backlog },
      at,
    );
    const elsewhere = this.#trackElsewhere(table.rows, watched, rule, at);
    this.#zombies = zombies;
    this.#elsewhere = elsewhere.zombies;
    this.#jams = memory;
    const fingerprint = fingerprintOf([...table.rows, ...inside.flatMap(({ rows: own }) => own)]);
    const lost = [...gaps.forwarded].filter((port) => forwarded.get(port)?.lead);
    return success({
      table,
      beyond: read.value,
      zombies,
      sessions,
      jammed,
      backlog,
      elsewhere,
      gaps,
      lost,
      fingerprint,
      at,
      durationMs: now() - at,
    });
  }

  #trackElsewhere(rows: readonly TcpRow[], watched: Watched, rule: CountingRule, at: number): Look['elsewhere'] {
    const others = rows.filter((row) => isElsewhere(row, watched));
    const all = { ports: watched.ports, isGateway: () => true };
    return {
      zombies: trackZombies(this.#elsewhere, others, all, rule, at),
      sessions: others.filter(({ state }) => state === 'ESTABLISHED'),
    };
  }
}

/** In these states no process holds the socket any more; they come and go without a change of owners. */
const ORPHANED = new Set(['TIME_WAIT', 'FIN_WAIT_1', 'FIN_WAIT_2', 'LAST_ACK', 'CLOSING']);

/**
 * Replaces a forwarder's gateway-side zombies with the Gateway's own, which are the far ends of the same connections.
 * If the forwarder has more of them, its own stay. No socket is counted on two ports.
 */
function withInside(
  zombies: ReadonlyMap<string, TrackedZombie>,
  inside: readonly Inside[],
  zombiesOf: (inside: Inside) => TrackedZombie[],
): ReadonlyMap<string, TrackedZombie> {
  const merged = new Map(zombies);
  const inodes = new Set([...zombies.values()].flatMap(({ row }) => row.inode ?? []));
  for (const one of inside) {
    const own = zombiesOf(one).filter(({ row }) => row.inode === null || !inodes.has(row.inode));
    const passed = [...merged.values()].filter(({ port, side }) => port === one.port && side === 'gateway');
    if (own.length < passed.length) continue;
    for (const { key } of passed) merged.delete(key);
    for (const zombie of own) {
      merged.set(zombie.key, zombie);
      if (zombie.row.inode !== null) inodes.add(zombie.row.inode);
    }
  }
  return merged;
}

/** Changes exactly when a table's set of connections and listeners changes, or a session gets its first answer. */
export function fingerprintOf(rows: readonly TcpRow[]): string {
  return (
    rows
      .filter(({ state }) => !ORPHANED.has(state))
      // The inode distinguishes a replaced listener and a newly accepted connection. The first answer changes the
      // verdict on a session's owner.
      .map((row) => `${row.state} ${socketKey(row)}${isUnanswered(row) ? ' unanswered' : ''}`)
      .sort()
      .join('\n')
  );
}
