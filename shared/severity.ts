import type { BreakerState, Level, PortState, ScanState, Snapshot } from './snapshot.ts';

/** What a level is judged by; a part of the snapshot plus the two thresholds of the settings. */
export interface SeverityInput {
  scan: Pick<ScanState, 'kind'>;
  ports: readonly Pick<PortState, 'zombies' | 'jammed'>[];
  breaker: Pick<BreakerState, 'state'>;
  runnerBreaker: Pick<BreakerState, 'state'> | null;
}

/** All zombies on the watched ports, or one side of them; `null` as soon as one port's count is not known. */
export function totalZombies(
  ports: readonly Pick<PortState, 'zombies'>[],
  side: 'client' | 'gateway' | 'total' = 'total',
): number | null {
  let total = 0;
  for (const { zombies } of ports) {
    const count = zombies[side];
    if (count === null) return null;
    total += count;
  }
  return total;
}

/** The level of alarm: the first that holds of blind, critical, warning, notice and clear. */
export function severity(
  { scan, ports, breaker, runnerBreaker }: SeverityInput,
  thresholds: { warningAbove: number; criticalAbove: number },
): Level {
  const zombies = totalZombies(ports);
  if (scan.kind === 'failed' || zombies === null) return 'blind';
  if (zombies > thresholds.criticalAbove) return 'critical';
  if (breaker.state === 'open' || runnerBreaker?.state === 'open') return 'critical';
  if (ports.some((port) => port.jammed === true)) return 'critical';
  if (zombies > thresholds.warningAbove) return 'warning';
  if (zombies > 0 || breaker.state === 'held') return 'notice';
  return 'clear';
}

/** The exit code of `sexton status`: 0 clear, 1 zombies, 2 critical, 3 cannot see. */
export function statusExitCode(snapshot: Pick<Snapshot, 'level' | 'ports'>): 0 | 1 | 2 | 3 {
  if (snapshot.level === 'blind') return 3;
  if (snapshot.level === 'critical') return 2;
  return (totalZombies(snapshot.ports) ?? 0) > 0 ? 1 : 0;
}
