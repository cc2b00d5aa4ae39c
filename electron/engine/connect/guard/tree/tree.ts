import { childrenOf, descendantsOf } from '../../../clean/evidence.ts';
import { isSameProcess, lives } from '../../../platform/process/identity.ts';
import type { ProcessKey } from '../../../platform/process/key.ts';
import { ProcessMap } from '../../../platform/process/process-map.ts';
import type { Platform, ProcessRecord, ProcessTable } from '../../../platform/types.ts';

/** A process that a guard started, or a descendant of one, with what identifies it later. */
export interface Member extends ProcessKey {
  startedAt: string;
  name: string;
}

/** Limits reading the tree to about a fifth of the time. */
const REST_FACTOR = 4;
/** How often marks are searched for during an attempt: that reads the environment of every process. */
const ADOPT_EVERY_MS = 1_000;

/**
 * The processes that a guard's commands started, over all its attempts. A child that outlives its parent stays a
 * member, because it was seen while the parent was running.
 */
export class CommandTree {
  readonly #platform: Pick<Platform, 'readProcesses'>;
  readonly #now: () => number;
  readonly #describe: (process: ProcessRecord) => string;
  readonly #findAdopted: () => Promise<readonly number[]>;
  readonly #members = new Map<number, Member>();
  /** Start tokens of the commands themselves, by pid, and the programs they ran as. */
  readonly #commands = new ProcessMap<true>();
  readonly #programs = new Set<string>();
  #alive: readonly Member[] = [];
  #processes: readonly ProcessRecord[] = [];
  #started = false;
  #root: number | null = null;
  #adoptAt = Number.NEGATIVE_INFINITY;
  #dueAt = Number.NEGATIVE_INFINITY;
  #readable = true;

  /**
   * @param now monotonic milliseconds
   * @param findAdopted finds the pids that belong to the tree, whoever their parent is now, by a mark they inherited
   */
  constructor(
    platform: Pick<Platform, 'readProcesses'>,
    now: () => number,
    describe: (process: ProcessRecord) => string,
    findAdopted: () => Promise<readonly number[]> = async () => [],
  ) {
    this.#platform = platform;
    this.#now = now;
    this.#describe = describe;
    this.#findAdopted = findAdopted;
  }

  /** The command just started; its pid cannot be reused before its end is known. `null` when it has ended. */
  setRoot(pid: number | null): void {
    this.#root = pid;
    this.#started ||= pid !== null;
    this.#dueAt = Number.NEGATIVE_INFINITY;
  }

  /** Reads the tree again when due, or immediately with `force`. */
  async refresh({ force = false } = {}): Promise<void> {
    const began = this.#now();
    if (!force && began < this.#dueAt) return;
    const table = await this.#platform.readProcesses();
    // Read after the table: if a pid changed hands in between, the table has the old process and nothing is adopted.
    const adopted = this.#started && table.ok && (force || began >= this.#adoptAt) ? await this.#adopt(began) : [];
    const took = this.#now() - began;
    this.#dueAt = this.#now() + took * REST_FACTOR;
    this.#readable = table.ok;
    if (table.ok) this.#take(table.value, adopted);
  }

  async #adopt(began: number): Promise<readonly number[]> {
    this.#adoptAt = began + ADOPT_EVERY_MS;
    return this.#findAdopted();
  }

  /** False when the last reading failed: the members are then those known before. */
  get readable(): boolean {
    return this.#readable;
  }

  /** All members ever seen. */
  members(): readonly Member[] {
    return [...this.#members.values()];
  }

  /** The members that were running at the last reading. */
  alive(): readonly Member[] {
    return this.#alive;
  }

  /** The same members, as the system described them then. */
  processes(): readonly ProcessRecord[] {
    return this.#processes;
  }

  /** Is it one of the commands that were started, or a process of the same program? */
  isCommand(process: ProcessRecord): boolean {
    const { executable } = process;
    return this.#commands.get(process) === true || (executable !== null && this.#programs.has(executable));
  }

  /** The members' pids, including the command's own even when nothing could be read. */
  pids(): number[] {
    return [...new Set([...(this.#root === null ? [] : [this.#root]), ...this.#alive.map(({ pid }) => pid)])];
  }

  #take(table: ProcessTable, adopted: readonly number[]): void {
    const roots = [...this.#members.values()].filter((member) => lives(member, table.get(member.pid)));
    const root = this.#root === null ? [] : [this.#root];
    const command = this.#root === null ? undefined : table.get(this.#root);
    if (command !== undefined && !command.corpse) {
      this.#commands.set(command, true);
      if (command.executable !== null) this.#programs.add(command.executable);
    }
    const found = familyOf([...roots.map(({ pid }) => pid), ...root, ...adopted], table);
    for (const process of found) {
      const known = this.#members.get(process.pid);
      if (known !== undefined && isSameProcess(known, process)) continue;
      const { pid, startToken, startedAt } = process;
      this.#members.set(pid, { pid, startToken, startedAt, name: this.#describe(process) });
    }
    this.#processes = found;
    this.#alive = found.flatMap(({ pid }) => this.#members.get(pid) ?? []);
  }
}

/** These processes and all their running descendants, each once. */
export function familyOf(pids: readonly number[], table: ProcessTable): ProcessRecord[] {
  const children = childrenOf(table);
  const family = new Map<number, ProcessRecord>();
  for (const pid of pids) {
    const process = table.get(pid);
    if (process === undefined || family.has(pid)) continue;
    for (const one of [process, ...descendantsOf(pid, children)]) if (!one.corpse) family.set(one.pid, one);
  }
  return [...family.values()];
}
