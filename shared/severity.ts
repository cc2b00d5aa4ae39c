import type { BreakerState, ElsewhereState, Level, OwnerState, PortState, ScanState, Snapshot } from './snapshot.ts';

/** What a level is judged by; a part of the snapshot plus the two thresholds of the settings. */
export interface SeverityInput {
  scan: Pick<ScanState, 'kind'>;
  ports: readonly (CountedPort & Pick<PortState, 'jammed'>)[];
  elsewhere?: readonly ElsewhereState[];
  /** They tell at least how many zombies there are where a port's count is not known. */
  owners?: readonly Pick<OwnerState, 'sockets'>[];
  breaker: Pick<BreakerState, 'state'>;
  runnerBreaker: Pick<BreakerState, 'state'> | null;
}

/** A port's counts; the last two are absent where a test or a caller has only the zombies. */
type CountedPort = Pick<PortState, 'zombies'> & Partial<Pick<PortState, 'closing' | 'established'>>;

/** A side's count of one port. A Gateway's side that a person knowingly leaves out adds nothing, as in the sum. */
function countOf(zombies: PortState['zombies'], side: 'client' | 'gateway' | 'total'): number | null {
  const { client, gateway, total } = zombies;
  return side === 'gateway' && gateway === null && total !== null && client !== null ? total - client : zombies[side];
}

/** All zombies on the watched ports, or one side of them; `null` as soon as one port's count is not known. */
export function totalZombies(
  ports: readonly Pick<PortState, 'zombies'>[],
  side: 'client' | 'gateway' | 'total' = 'total',
): number | null {
  let total = 0;
  for (const { zombies } of ports) {
    const count = countOf(zombies, side);
    if (count === null) return null;
    total += count;
  }
  return total;
}

/** How many zombies there are at least, where some of the counts are not known. */
export function leastZombies({ ports, owners = [] }: Pick<SeverityInput, 'ports' | 'owners'>): number {
  const known = ports.reduce(
    (sum, { zombies }) => sum + (zombies.total ?? (zombies.client ?? 0) + (zombies.gateway ?? 0)),
    0,
  );
  if (totalZombies(ports) !== null) return known;
  const held = owners.flatMap(({ sockets }) => sockets.filter(({ state }) => state === 'CLOSE_WAIT'));
  return Math.max(known, new Set(held.map(({ local, remote }) => `${local}>${remote}`)).size);
}

/** Is a count that is shown not known? A Gateway's side that a person knowingly leaves out is none of them. */
export function countsUnknown(ports: readonly CountedPort[]): boolean {
  return ports.some(
    ({ zombies, closing, established }) => zombies.total === null || closing === null || established === null,
  );
}

/** True before the first look: nothing at all is known. */
function nothingSeen({ scan, ports }: Pick<SeverityInput, 'scan' | 'ports'>): boolean {
  return scan.kind === 'stale' && ports.every(({ zombies }) => zombies.client === null && zombies.gateway === null);
}

/** The level of alarm: the first that holds of blind, critical, warning, notice and clear. */
export function severity(
  { scan, ports, elsewhere = [], owners = [], breaker, runnerBreaker }: SeverityInput,
  thresholds: { warningAbove: number; criticalAbove: number },
): Level {
  const zombies = leastZombies({ ports, owners });
  if (scan.kind === 'failed' || nothingSeen({ scan, ports })) return 'blind';
  if (zombies > thresholds.criticalAbove) return 'critical';
  if (breaker.state === 'open' || runnerBreaker?.state === 'open') return 'critical';
  if (ports.some((port) => port.jammed === true)) return 'critical';
  if (zombies > thresholds.warningAbove) return 'warning';
  if (zombies > 0 || elsewhere.length > 0 || breaker.state === 'held' || countsUnknown(ports)) return 'notice';
  return 'clear';
}

/** The exit code of `sexton status`: 0 clear, 1 zombies here or elsewhere, 2 critical, 3 cannot see: a shown count is not known. */
export function statusExitCode(
  snapshot: Pick<Snapshot, 'level' | 'ports'> & { elsewhere?: Snapshot['elsewhere'] },
): 0 | 1 | 2 | 3 {
  if (snapshot.level === 'blind' || countsUnknown(snapshot.ports)) return 3;
  if (snapshot.level === 'critical') return 2;
  return (totalZombies(snapshot.ports) ?? 0) > 0 || (snapshot.elsewhere ?? []).length > 0 ? 1 : 0;
}
