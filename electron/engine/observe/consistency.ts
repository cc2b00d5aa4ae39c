import type { Problem } from '../../../shared/snapshot.ts';
import type { Holding, TcpRow } from '../platform/types.ts';
import type { AttributedZombie } from './owners.ts';

/** How the count compares with the attribution. */
export interface Consistency {
  /** Number of counted zombies that no visible process owns. */
  unattributed: number;
  /**
   * A socket of this user has no owner although it must have one: the table changed between two reads, or lsof hides
   * something.
   */
  suspicious: boolean;
  problems: Problem[];
}

/**
 * Compares the kernel's zombies with what `lsof` attributed. A socket without an inode is waiting in an accept backlog
 * and has no owner yet; another user's is invisible to us; one of our own without an owner is a disagreement.
 */
export function compareCounts(
  zombies: readonly AttributedZombie[],
  holdings: { total: number; unreadable: number },
  self: { uid: number },
  backlog: ReadonlyMap<number, number | null>,
): Consistency {
  const ownerless = zombies.filter((zombie) => zombie.holdings.length === 0);
  const unattributed = ownerless.filter(({ counted }) => counted).length;
  const problems: Problem[] = [];
  const unaccepted = ({ row, side, port }: AttributedZombie) =>
    row.inode === 0 || (row.inode === null && side === 'gateway' && (backlog.get(port) ?? 0) > 0);
  const waiting = ownerless.filter((zombie) => !unaccepted(zombie));
  const foreign = waiting.filter(({ row }) => row.uid !== null && row.uid !== self.uid && self.uid !== 0);
  const ours = waiting.filter((zombie) => !foreign.includes(zombie));
  if (foreign.length > 0) {
    const hint = `${foreign.length} of the connections belong to another user; "sudo sexton status" shows whose they are.`;
    problems.push({ code: 'not-permitted', tool: 'lsof', hint });
  }
  if (ours.length > 0 && holdings.total === 0) {
    const hint = 'It lists nothing although the kernel has connections; check it with "sexton doctor".';
    problems.push({ code: 'tool-failed', tool: 'lsof', hint });
  } else if (ours.length > 0) {
    const hint = `${ours.length} of the connections have no visible owner; they may belong to another user or be closing.`;
    problems.push({ code: 'counts-disagree', tool: 'lsof', hint });
  }
  if (holdings.unreadable > 0) {
    const hint = `${holdings.unreadable} of its lines were not understood; report them with "sexton doctor --json".`;
    problems.push({ code: 'output-unreadable', tool: 'lsof', hint });
  }
  return { unattributed, suspicious: ours.length > 0, problems };
}

/**
 * The number of connections in CLOSE_WAIT on these ports that `lsof` shows and the kernel's table lacks. They are
 * matched by ports, because some tables truncate addresses.
 */
export function missingFromTable(
  rows: readonly TcpRow[],
  holdings: readonly Holding[],
  ports: ReadonlySet<number>,
): number {
  const ends = ({ local, remote }: Pick<TcpRow, 'local' | 'remote'>) => `${local.port}>${remote?.port}`;
  const listed = new Set(rows.map(ends));
  const missing = holdings.filter(
    (holding) =>
      holding.state === 'CLOSE_WAIT' &&
      (ports.has(holding.local.port) || (holding.remote !== null && ports.has(holding.remote.port))) &&
      !listed.has(ends(holding)),
  );
  return new Set(missing.map(ends)).size;
}
