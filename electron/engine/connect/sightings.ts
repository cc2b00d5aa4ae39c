import { connectionKey, indexHoldings } from '../observe/endpoints.ts';
import { socketKey } from '../observe/zombies.ts';
import type { LookIntoFiles } from '../platform/open-files.ts';
import type { Platform, TcpRow } from '../platform/types.ts';
import type { SeenSession, Sighting } from './attempt.ts';
import type { GuardedTree } from './guarded-tree.ts';

export interface SightingsParts {
  platform: Pick<Platform, 'kind' | 'readTable' | 'readHoldings'>;
  files: LookIntoFiles;
  tree: GuardedTree;
  ports: readonly number[];
  /** Whoever of the tree has this file open takes the handshake lock itself. */
  lockPath: string;
}

/** What one look at a guarded command saw. */
export interface GuardedLook {
  sighting: Sighting;
  /** The command or a descendant has the lock file open, so it holds the lock or waits for it. */
  opensLock: boolean;
}

/** Reads, from the kernel's tables alone, which sessions the guarded command and its descendants have. */
export class Sightings {
  readonly #parts: SightingsParts;
  /** Sessions that stood before the command started: they are others'. */
  #others: ReadonlySet<string> = new Set();
  /** Sessions of the tree, as long as they stand; asking lsof again for each would cost too much. */
  #mine: ReadonlySet<string> = new Set();

  constructor(parts: SightingsParts) {
    this.#parts = parts;
  }

  /** The look before the command starts; tells only whether Sexton can see. */
  async begin(): Promise<Sighting> {
    const rows = await this.#sessions();
    this.#mine = new Set();
    this.#others = new Set((rows ?? []).map(socketKey));
    return rows === null ? { kind: 'blind' } : { kind: 'seen', sessions: [] };
  }

  /** One look while the command runs. */
  async look(): Promise<GuardedLook> {
    const { tree, files, lockPath } = this.#parts;
    const [rows] = await Promise.all([this.#sessions(), tree.refresh()]);
    const open = await files(tree.pids(), lockPath);
    const opensLock = open.hasFile === true;
    if (rows === null) return { sighting: { kind: 'blind' }, opensLock };
    const keys = new Set(rows.map(socketKey));
    this.#others = new Set([...this.#others].filter((key) => keys.has(key)));
    const candidates = rows.filter((row) => !this.#others.has(socketKey(row)));
    const mine = await this.#attribute(candidates, open.sockets);
    if (mine === null) return { sighting: { kind: 'blind' }, opensLock };
    this.#mine = new Set(mine.map(socketKey));
    return { sighting: { kind: 'seen', sessions: mine.map(seen) }, opensLock };
  }

  /** The client ends of all sessions on the ports, whatever host they lead to; `null` when the table cannot be read. */
  async #sessions(): Promise<TcpRow[] | null> {
    const table = await this.#parts.platform.readTable(this.#parts.ports);
    if (!table.ok) return null;
    const ports = new Set(this.#parts.ports);
    return table.value.rows.filter(
      ({ state, remote }) => state === 'ESTABLISHED' && remote !== null && ports.has(remote.port),
    );
  }

  /** Those of the candidates that the tree holds; `null` when that cannot be told. */
  async #attribute(candidates: readonly TcpRow[], sockets: ReadonlySet<number> | null): Promise<TcpRow[] | null> {
    const { platform, tree, ports } = this.#parts;
    if (candidates.length === 0) return [];
    if (sockets !== null) {
      const mine = candidates.filter(({ inode }) => inode !== null && sockets.has(inode));
      if (mine.length > 0 || tree.readable) return mine;
      return null;
    }
    if (platform.kind === 'linux') return null;
    if (candidates.every((row) => this.#mine.has(socketKey(row)))) return [...candidates];
    const [holdings] = await Promise.all([platform.readHoldings(ports), tree.refresh({ force: true })]);
    if (!holdings.ok || !tree.readable) return null;
    const holdersOf = indexHoldings(holdings.value.rows);
    const pids = new Set(tree.pids());
    return candidates.filter((row) => holdersOf(row).some(({ pid }) => pids.has(pid)));
  }
}

function seen(row: TcpRow): SeenSession {
  return { key: connectionKey(row), answered: row.bytesReceived === null ? null : row.bytesReceived > 0 };
}
