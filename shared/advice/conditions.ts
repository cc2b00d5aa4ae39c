import { leastZombies, totalZombies } from '../severity.ts';
import type { PortState, Snapshot } from '../snapshot.ts';

/** What an alert can be about, apart from single events. */
export const ALERT_CONDITIONS = ['gateway', 'breaker', 'zombies', 'blind'] as const;
export type AlertCondition = (typeof ALERT_CONDITIONS)[number];

/** How bad a condition is. */
export type AlertSeverity = 'warning' | 'critical';

/** The thresholds of the settings by which zombies are judged. */
export interface AlertThresholds {
  warningAbove: number;
  criticalAbove: number;
}

/** What one scan says about a condition. `unknown`: no evidence either way, so it neither raises nor clears. */
export type Finding = AlertSeverity | 'off' | 'unknown';

/** How long a Gateway may be away, and how long its bots get to recover once it is back (its nightly restart), in ms. */
const RESTART_QUIET_MS = 5 * 60_000;

/** What is remembered of the listener on one port: who it was, since when it is away, and when it last came back. */
export interface GatewayMemory {
  identity: string | null;
  awaySince: number | null;
  backAt: number | null;
}

/** Follows the listener of a port from scan to scan. A Gateway that was replaced between two scans came back just now. */
export function rememberGateway(
  port: PortState,
  known: GatewayMemory | undefined,
  now: number,
): GatewayMemory | undefined {
  if (port.listening === null) return known;
  if (port.listening === false) return known && { ...known, awaySince: known.awaySince ?? now };
  const seen = port.gateway ? `${port.gateway.pid}@${port.gateway.startedAt}` : null;
  const identity = seen ?? known?.identity ?? null;
  if (!known) return { identity, awaySince: null, backAt: null };
  const returned = known.awaySince !== null && now - known.awaySince <= RESTART_QUIET_MS;
  const replaced = known.awaySince === null && known.identity !== null && identity !== known.identity;
  return { identity, awaySince: null, backAt: returned || replaced ? now : known.backAt };
}

/** True while a Gateway's restart is the likely reason for whatever goes wrong on its port. */
export function isRestarting(memory: GatewayMemory | undefined, now: number): boolean {
  if (!memory) return false;
  const since = memory.awaySince ?? memory.backAt;
  return since !== null && now - since < RESTART_QUIET_MS;
}

/**
 * What one scan says about every condition. While a Gateway restarts, or a person is led through the restart, what follows from
 * that is no evidence. A Gateway that needs a restart silences the zombie alert, which is then less important.
 */
export function findings(
  snapshot: Snapshot,
  thresholds: AlertThresholds,
  restarting: (port: number) => boolean,
): Readonly<Record<AlertCondition, Finding>> {
  if (snapshot.level === 'blind')
    return { gateway: 'unknown', breaker: 'unknown', zombies: 'unknown', blind: 'warning' };
  const guided = snapshot.restart !== null;
  const loud = guided ? [] : snapshot.ports.filter(({ port }) => !restarting(port));
  const allLoud = loud.length === snapshot.ports.length;

  const jammed = (ports: readonly PortState[]) => ports.some((port) => port.jammed === true);
  const restartAdvised = snapshot.advice.urgent === true;
  const gateway = held(jammed(loud) || (allLoud && restartAdvised), jammed(snapshot.ports) || restartAdvised);

  // Half-open is a phase of an open breaker: it neither reopens it nor means that it has closed.
  const open = [snapshot.breaker, snapshot.runnerBreaker].some(
    (breaker) => breaker?.state === 'open' || breaker?.state === 'half_open',
  );
  const breaker = held(allLoud && open, open);

  const heard = zombieSeverity(loud, allLoud ? snapshot.owners : [], thresholds);
  const counted = heard === 'off' ? zombieSeverity(snapshot.ports, snapshot.owners, thresholds) : heard;
  const zombies = gateway !== 'off' && counted !== 'off' ? 'unknown' : counted === heard ? counted : 'unknown';

  return { gateway, breaker, zombies, blind: 'off' };
}

function held(loud: boolean, any: boolean): Finding {
  if (loud) return 'critical';
  return any ? 'unknown' : 'off';
}

function zombieSeverity(
  ports: readonly PortState[],
  owners: Snapshot['owners'],
  { warningAbove, criticalAbove }: AlertThresholds,
): Finding {
  const total = leastZombies({ ports, owners });
  if (total > criticalAbove) return 'critical';
  if (total > warningAbove) return 'warning';
  // There may be more than is known, so this neither raises nor ends an alert.
  return totalZombies(ports) === null ? 'unknown' : 'off';
}
