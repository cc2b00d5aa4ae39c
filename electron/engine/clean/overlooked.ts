import type { Attribution } from '../observe/attribution.ts';
import type { Holding, Platform, ProcessRecord, TcpRow } from '../platform/types.ts';

/** More questions than this (processes times sockets) are not asked: then nothing counts as proven. */
const MAX_QUESTIONS = 50_000;
/** After so many processes other work gets its turn. */
const YIELD_EVERY = 20;

/**
 * Sockets that the kernel lists on protected ports and that `lsof` kept silent about or laid at a wrong door, with who really
 * holds them. A bot that reconnected while lsof was running, or a lying lsof, must not look like a bot without a live session.
 * `null` when that cannot be told. On macOS there is nothing else to ask than lsof, so there nothing is found.
 */
export async function findOverlooked(
  platform: Pick<Platform, 'kind' | 'self' | 'readTable' | 'holdsSocket'>,
  { processes, holdings, ports }: Attribution,
): Promise<Holding[] | null> {
  if (platform.kind === 'darwin') return [];
  const table = await platform.readTable([...ports]);
  if (!table.ok) return null;
  const claims = new Map<number, Holding[]>();
  for (const holding of holdings) {
    if (holding.inode !== null) claims.set(holding.inode, [...(claims.get(holding.inode) ?? []), holding]);
  }
  const unexplained: (TcpRow & { inode: number })[] = [];
  for (const row of table.value.rows) {
    const { inode } = row;
    if (inode === null || inode === 0 || !decides(row, ports)) continue;
    if (!(await isExplained(inode, claims.get(inode) ?? [], platform))) unexplained.push({ ...row, inode });
  }
  if (unexplained.length === 0) return [];
  const mine = [...processes.values()].filter(({ uid, corpse }) => uid === platform.self.uid && !corpse);
  return mine.length * unexplained.length > MAX_QUESTIONS ? null : search(mine, unexplained, platform);
}

/** Would the guard judge its holder by this socket: a listener, or a session towards a protected port? */
function decides({ state, local, remote }: TcpRow, ports: ReadonlySet<number>): boolean {
  if (state === 'LISTEN') return ports.has(local.port);
  return (state === 'ESTABLISHED' || state === 'SYN_SENT') && remote !== null && ports.has(remote.port);
}

async function isExplained(
  inode: number,
  claims: readonly Holding[],
  platform: Pick<Platform, 'holdsSocket' | 'self'>,
): Promise<boolean> {
  for (const { pid } of claims) {
    if ((await platform.holdsSocket(pid, inode)) === 'no') return false;
  }
  return claims.length > 0;
}

async function search(
  processes: readonly ProcessRecord[],
  sockets: readonly (TcpRow & { inode: number })[],
  platform: Pick<Platform, 'holdsSocket'>,
): Promise<Holding[]> {
  const found: Holding[] = [];
  for (const [index, { pid, uid }] of processes.entries()) {
    for (const { inode, state, local, remote } of sockets) {
      if ((await platform.holdsSocket(pid, inode)) === 'yes')
        found.push({ pid, uid, fd: '', inode, state, local, remote });
    }
    if (index % YIELD_EVERY === YIELD_EVERY - 1) await new Promise((resolve) => setImmediate(resolve));
  }
  return found;
}
