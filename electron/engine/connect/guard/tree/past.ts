import { connectionKey } from '../../../observe/endpoints.ts';
import { processText } from '../../../platform/process/identity.ts';
import type { Platform, ProcessRecord } from '../../../platform/types.ts';
import type { Sighting } from '../attempt/attempt.ts';

/** What the memory of a guard's tree uses. */
export interface TreePastParts {
  platform: Pick<Platform, 'readTable' | 'readHoldings' | 'lookIntoFiles'>;
  ports: readonly number[];
  lockPath: string;
}

/** Remembers which members of a guard's tree ever held a session on the guarded ports, or had the lock file open. */
export class TreePast {
  readonly #parts: TreePastParts;
  readonly #connected = new Set<string>();
  /** Sessions whose holders lsof has already named. */
  #attributed: ReadonlySet<string> = new Set();

  constructor(parts: TreePastParts) {
    this.#parts = parts;
  }

  everConnected(process: ProcessRecord): boolean {
    return this.#connected.has(processText(process));
  }

  /** Checks the helpers that do not look like bots. Without any it reads nothing. */
  async note(helpers: readonly ProcessRecord[], sighting: Sighting): Promise<void> {
    const unknown = helpers.filter((process) => !this.everConnected(process));
    if (unknown.length === 0) return;
    const { platform, ports, lockPath } = this.#parts;
    const table = await platform.readTable(ports);
    const sessions = new Set(
      (table.ok ? table.value.rows : [])
        .filter(({ state, remote }) => state === 'ESTABLISHED' && remote !== null && ports.includes(remote.port))
        .flatMap(({ inode }) => inode ?? []),
    );
    let hidden = false;
    for (const process of unknown) {
      const open = await platform.lookIntoFiles([process.pid], lockPath);
      if (open.sockets === null) hidden = true;
      const held = open.hasFile === true || [...(open.sockets ?? [])].some((inode) => sessions.has(inode));
      if (held) this.#connected.add(processText(process));
    }
    if (hidden) await this.#ask(unknown, sighting);
  }

  /** Where descriptors cannot be read directly, asks for the holders whenever the tree has a new session. */
  async #ask(unknown: readonly ProcessRecord[], sighting: Sighting): Promise<void> {
    const keys = sighting.kind === 'seen' ? sighting.connections.map(({ key }) => key) : [];
    if (keys.every((key) => this.#attributed.has(key))) return;
    const holdings = await this.#parts.platform.readHoldings(this.#parts.ports);
    if (!holdings.ok) return;
    this.#attributed = new Set(keys);
    const wanted = new Set(keys);
    const holders = new Set(holdings.value.rows.filter((row) => wanted.has(connectionKey(row))).map(({ pid }) => pid));
    for (const process of unknown) if (holders.has(process.pid)) this.#connected.add(processText(process));
  }
}
