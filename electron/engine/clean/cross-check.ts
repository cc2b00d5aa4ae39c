import { success } from '../../../shared/result.ts';
import type { Attribution } from '../observe/attribution.ts';
import type { HeldSockets, Holding, KernelTable, Platform, ProcessRecord, TcpRow } from '../platform/types.ts';

/** More questions than this (processes times sockets) are not asked: then nothing counts as proven. */
const MAX_QUESTIONS = 50_000;
/** After so many processes other work gets its turn. */
const YIELD_EVERY = 20;

/** What an attribution missed. */
export interface Overlooked {
  /** Sockets that `lsof` kept silent about or laid at a wrong door, with who really holds them. */
  holdings: Holding[];
  /** Processes that were born while `lsof` ran. */
  newcomers: ProcessRecord[];
}

type Socket = TcpRow & { inode: number };
type Kernel = Pick<Platform, 'confirmsHoldings' | 'self' | 'readTable' | 'readProcesses' | 'readHeldSockets'>;

/**
 * Asks the kernel whether the attribution is the whole truth about listeners and sessions on protected ports. A bot that
 * reconnected or started a worker while lsof was running, or a lying lsof, must not look like a bot without a live session.
 * `null` when that cannot be told. On macOS there is nothing to ask but lsof, so there only newcomers that it names are found.
 * `since` is a table of the attribution's ports that was read after it; without one the table is read now.
 */
export async function findOverlooked(
  platform: Kernel,
  attribution: Attribution,
  since: KernelTable | null = null,
): Promise<Overlooked | null> {
  const { processes, holdings } = attribution;
  const unexplained = platform.confirmsHoldings ? await findUnexplained(platform, attribution, since) : [];
  if (unexplained === null) return null;
  const strangers = holdings.some(({ pid }) => !processes.has(pid));
  if (unexplained.length === 0 && !strangers) return { holdings: [], newcomers: [] };
  const fresh = await platform.readProcesses();
  if (!fresh.ok) return null;
  const present = [...fresh.value.values()];
  const mine = present.filter(({ uid, corpse }) => uid === platform.self.uid && !corpse);
  if (mine.length * unexplained.length > MAX_QUESTIONS) return null;
  return {
    holdings: await search(mine, unexplained, platform),
    newcomers: present.filter(({ pid }) => !processes.has(pid)),
  };
}

/** The sockets by which the guard judges and of which lsof names no holder whom the kernel confirms. */
async function findUnexplained(
  platform: Kernel,
  { holdings, ports }: Attribution,
  since: KernelTable | null,
): Promise<Socket[] | null> {
  const table = since === null ? await platform.readTable([...ports]) : success(since);
  if (!table.ok) return null;
  const claims = new Map<number, number[]>();
  for (const holding of holdings) {
    const { inode, pid } = holding;
    // One that lsof shows in a harmless state explains nothing: it may have been so a moment ago.
    if (inode !== null && decides(holding, ports)) claims.set(inode, [...(claims.get(inode) ?? []), pid]);
  }
  const unexplained: Socket[] = [];
  const held = new Map<number, HeldSockets>();
  for (const row of table.value.rows) {
    const { inode } = row;
    if (inode === null || inode === 0 || !decides(row, ports)) continue;
    if (!(await isExplained(inode, claims.get(inode) ?? [], platform, held))) unexplained.push({ ...row, inode });
  }
  return unexplained;
}

/** Would the guard judge its holder by this socket: a listener, or a session towards a protected port? */
function decides({ state, local, remote }: TcpRow | Holding, ports: ReadonlySet<number>): boolean {
  if (state === 'LISTEN') return ports.has(local.port);
  return (state === 'ESTABLISHED' || state === 'SYN_SENT') && remote !== null && ports.has(remote.port);
}

async function isExplained(
  inode: number,
  pids: readonly number[],
  platform: Kernel,
  held: Map<number, HeldSockets>,
): Promise<boolean> {
  for (const pid of pids) {
    const sockets = held.get(pid) ?? (await platform.readHeldSockets(pid));
    held.set(pid, sockets);
    if (sockets.complete && !sockets.inodes.has(inode)) return false;
  }
  return pids.length > 0;
}

async function search(
  processes: readonly ProcessRecord[],
  sockets: readonly Socket[],
  platform: Kernel,
): Promise<Holding[]> {
  const found: Holding[] = [];
  for (const [index, { pid, uid }] of processes.entries()) {
    const { inodes } = await platform.readHeldSockets(pid);
    for (const { inode, state, local, remote } of sockets) {
      if (inodes.has(inode)) found.push({ pid, uid, fd: '', inode, state, local, remote });
    }
    if (index % YIELD_EVERY === YIELD_EVERY - 1) await new Promise((resolve) => setImmediate(resolve));
  }
  return found;
}
