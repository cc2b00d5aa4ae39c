import { indexHoldings } from '../../../observe/endpoints.ts';
import { SECOND_READ_MS } from '../../../observe/zombies.ts';
import type { OpenFiles } from '../../../platform/lock/open-files.ts';
import type { KernelTable, Platform, TcpRow } from '../../../platform/types.ts';
import type { CommandTree } from '../tree/tree.ts';
import type { SeenConnection, Sighting } from './attempt.ts';
import { type Connection, findConnections, phaseOf } from './connections.ts';
import { repliesOf } from './replies.ts';

export interface SightingsParts {
  platform: Pick<Platform, 'confirmsHoldings' | 'readTable' | 'readHoldings' | 'lookIntoFiles'>;
  tree: CommandTree;
  ports: readonly number[];
  /** A configured Gateway runs on another host, where listeners cannot be seen. */
  remoteGateways: boolean;
  /** A process of the tree that has this file open takes the handshake lock itself. */
  lockPath: string;
}

/** One observation of a guarded command, and whether it uses the lock. */
export interface GuardedLook {
  sighting: Sighting;
  /** The command or a descendant has the lock file open: it holds the lock or waits for it. */
  opensLock: boolean;
}

/** Zombies that a guarded command left, by side. */
export interface LeftZombies {
  gateway: number;
  client: number;
}

/** Who a connection belongs to. `unheld`: it appeared during the attempt and was never seen with a holder. */
type Holder = 'tree' | 'others' | 'unheld';

/** Reads from the kernel's tables alone which connections the guarded command and its descendants have and had. */
export class SessionWatch {
  readonly #parts: SightingsParts;
  readonly #ports: ReadonlySet<number>;
  /** The holder of each current connection. */
  #holders: ReadonlyMap<string, Holder> = new Map();
  /** Connections from before the command started: others', whoever holds them. */
  #before: ReadonlySet<string> = new Set();
  /** The number of known members when holders were last asked for. */
  #membersAsked = 0;

  constructor(parts: SightingsParts) {
    this.#parts = parts;
    this.#ports = new Set(parts.ports);
  }

  /** The observation before the command starts: only whether Sexton can see, and who listens. */
  async begin(): Promise<Sighting> {
    const table = await this.#read();
    this.#before = new Set(table === null ? [] : findConnections(table.rows, this.#ports).keys());
    this.#holders = new Map();
    return table === null ? { kind: 'blind' } : { kind: 'seen', listening: this.#listening(table), connections: [] };
  }

  /** One observation while the command runs or right after its end. */
  async look(): Promise<GuardedLook> {
    const { tree } = this.#parts;
    const [table] = await Promise.all([this.#read(), tree.refresh()]);
    const open = await this.#open();
    const opensLock = open.hasFile === true;
    if (table === null) return { sighting: { kind: 'blind' }, opensLock };
    const connections = [...findConnections(table.rows, this.#ports).values()];
    const standing = new Set(connections.map(({ key }) => key));
    this.#before = new Set([...this.#before].filter((key) => standing.has(key)));
    const holders = await this.#attribute(connections, open);
    if (holders === null) return { sighting: { kind: 'blind' }, opensLock };
    this.#holders = holders;
    const seen = connections.flatMap((connection) => seenOf(connection, holders.get(connection.key) ?? 'others'));
    return { sighting: { kind: 'seen', listening: this.#listening(table), connections: seen }, opensLock };
  }

  /**
   * The zombies among the last observation's connections, seen twice so that no normal close counts; `null` when they
   * cannot be read.
   */
  async left(wait: (ms: number) => Promise<unknown>): Promise<LeftZombies | null> {
    const first = await this.#zombies();
    if (first === null || first.size === 0) return first === null ? null : { gateway: 0, client: 0 };
    await wait(SECOND_READ_MS);
    const second = await this.#zombies();
    if (second === null) return null;
    const both = [...second].filter(([key, side]) => first.get(key) === side).map(([, side]) => side);
    const gateway = both.filter((side) => side === 'gateway').length;
    return { gateway, client: both.length - gateway };
  }

  async #zombies(): Promise<Map<string, 'gateway' | 'client'> | null> {
    const table = await this.#read();
    if (table === null) return null;
    const found = new Map<string, 'gateway' | 'client'>();
    for (const { key, client, gateway } of findConnections(table.rows, this.#ports).values()) {
      const holder = this.#holders.get(key);
      if (holder === undefined || holder === 'others') continue;
      if (gateway?.state === 'CLOSE_WAIT') found.set(key, 'gateway');
      else if (client?.state === 'CLOSE_WAIT') found.set(key, 'client');
    }
    return found;
  }

  async #read(): Promise<KernelTable | null> {
    const table = await this.#parts.platform.readTable(this.#parts.ports);
    return table.ok ? table.value : null;
  }

  #listening({ rows }: KernelTable): boolean | null {
    const here = rows.some(({ state, local }) => state === 'LISTEN' && this.#ports.has(local.port));
    return here || !this.#parts.remoteGateways ? here : null;
  }

  #open(): Promise<OpenFiles> {
    return this.#parts.platform.lookIntoFiles(this.#parts.tree.pids(), this.#parts.lockPath);
  }

  /** The holder of each connection; `null` when one that somebody holds cannot be told. */
  async #attribute(connections: readonly Connection[], open: OpenFiles): Promise<Map<string, Holder> | null> {
    const { platform, tree } = this.#parts;
    const known = new Map<string, Holder>();
    const fresh: Connection[] = [];
    // A child that outlived its parent is found late, after its connections were taken for others'.
    const grown = tree.members().length !== this.#membersAsked;
    for (const connection of connections) {
      const { key } = connection;
      const before = this.#before.has(key) ? 'others' : this.#holders.get(key);
      if (before === undefined || before === 'unheld') fresh.push(connection);
      else known.set(key, before);
      if (before === 'others' && grown && !this.#before.has(key)) fresh.push(connection);
    }
    for (const { key, client, gateway } of fresh) {
      // A client on another machine or in a container's network: only the Gateway's end is in our table.
      const elsewhere = client === null && gateway?.state === 'ESTABLISHED';
      known.set(key, known.get(key) ?? (elsewhere ? 'others' : 'unheld'));
    }
    const held = fresh.flatMap(({ key, client }) => (client !== null && isHeld(client) ? [{ key, row: client }] : []));
    if (held.length === 0) return known;
    if (open.sockets === null && platform.confirmsHoldings) return null;
    const holderOf =
      open.sockets === null
        ? await this.#askHoldings()
        : await this.#askDescriptors(
            open.sockets,
            held.map(({ row }) => row),
          );
    if (holderOf === null) return null;
    this.#membersAsked = tree.members().length;
    const found = held.map(({ key, row }) => ({ key, holder: holderOf(row) }));
    for (const { key, holder } of found) known.set(key, holder);
    return tree.readable || found.every(({ holder }) => holder === 'tree') ? known : null;
  }

  /** Linux: a socket outside the tree's descriptors may belong to a child that the last reading of the tree missed. */
  async #askDescriptors(
    sockets: ReadonlySet<number>,
    rows: readonly TcpRow[],
  ): Promise<((row: TcpRow) => Holder) | null> {
    const isIn = (some: ReadonlySet<number>) => (row: TcpRow) => row.inode !== null && some.has(row.inode);
    const all = new Set(sockets);
    if (!rows.every(isIn(all))) {
      await this.#parts.tree.refresh({ force: true });
      const again = await this.#open();
      if (again.sockets === null) return null;
      for (const inode of again.sockets) all.add(inode);
    }
    return (row) => (isIn(all)(row) ? 'tree' : 'others');
  }

  /** macOS: lsof is slow, so it is asked once for each new connection. */
  async #askHoldings(): Promise<((row: TcpRow) => Holder) | null> {
    const { platform, tree, ports } = this.#parts;
    const [holdings] = await Promise.all([platform.readHoldings(ports), tree.refresh({ force: true })]);
    if (!holdings.ok) return null;
    const holdersOf = indexHoldings(holdings.value.rows);
    const pids = new Set(tree.pids());
    return (row) => {
      const holders = holdersOf(row);
      if (holders.some(({ pid }) => pids.has(pid))) return 'tree';
      return holders.length === 0 ? 'unheld' : 'others';
    };
  }
}

/** Does a process hold this end? Sockets that were closed exist in the kernel alone. */
function isHeld({ state, inode }: TcpRow): boolean {
  return inode !== null || state === 'SYN_SENT' || state === 'ESTABLISHED' || state === 'CLOSE_WAIT';
}

function seenOf(connection: Connection, holder: Holder): SeenConnection[] {
  const { key, port, client, gateway } = connection;
  const phase = phaseOf(connection);
  if (holder === 'others' || phase === null) return [];
  const bytes = client === null || client.dataSegmentsIn !== undefined ? null : client.bytesReceived;
  return [
    {
      key,
      port,
      phase,
      replies: client === null ? unreadGreeting(gateway) : repliesOf(client),
      bytes,
      own: holder === 'tree',
    },
  ];
}

/** A Gateway that has not read the greeting has not answered it: 18 unread bytes on Linux; a port probe leaves at most one. */
function unreadGreeting(gateway: TcpRow | null): 'none' | null {
  return gateway?.state === 'CLOSE_WAIT' && (gateway.recvQ ?? 0) > 1 ? 'none' : null;
}
