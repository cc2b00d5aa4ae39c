import { success } from '../../../shared/result.ts';
import type { Attribution } from '../observe/attribution.ts';
import type { HeldSockets, Holding, KernelTable, Platform, ProcessRecord, TcpRow } from '../platform/types.ts';

/** With more questions than this (processes times sockets) the check gives up, and nothing counts as proven. */
const MAX_QUESTIONS = 50_000;
/** Other work gets a turn after this many processes. */
const YIELD_EVERY = 20;

/** What lsof missed. */
export interface MissedByLsof {
  /** Sockets that `lsof` missed or attributed to the wrong process, with their real holders. */
  holdings: Holding[];
  /** Processes that started while `lsof` ran. */
  newcomers: ProcessRecord[];
}

type Socket = TcpRow & { inode: number };
type Kernel = Pick<Platform, 'confirmsHoldings' | 'self' | 'readTable' | 'readProcesses' | 'readHeldSockets'>;

/**
 * Checks with the kernel that the attribution is complete for listeners and sessions on protected ports: a bot that
 * reconnected or started a worker while lsof was running must not look like a bot without a live session. `null` when
 * that cannot be checked. macOS offers nothing but lsof, so there it finds only new processes that lsof names. `since`
 * is a table of the attribution's ports that was read after it; without one, the table is read now.
 */
export async function crossCheck(
  platform: Kernel,
  attribution: Attribution,
  since: KernelTable | null = null,
): Promise<MissedByLsof | null> {
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

/** The sockets that affect a verdict and for which lsof names no holder that the kernel confirms. */
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
    // A socket that lsof shows in a harmless state explains nothing: its state may just have changed.
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

/** Does this socket affect its holder's verdict: is it a listener, or a session to a protected port? */
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
