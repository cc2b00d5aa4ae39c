import type { Screen } from '../bridge/bridge.ts';
import type { Snapshot } from '../snapshot.ts';
import { alertClearedText, alertRaisedText, allClearText, autoCleanedText, conditionText } from '../words/alerts.ts';
import {
  ALERT_CONDITIONS,
  type AlertCondition,
  type AlertSeverity,
  type AlertThresholds,
  type Finding,
  findings,
  type GatewayMemory,
  isRestarting,
  rememberGateway,
} from './conditions.ts';

/** Scans in a row that must find a condition before it is announced. */
const RAISE_AFTER = 2;
/** Scans in a row that must not find it before it clears. */
const CLEAR_AFTER = 3;
/** The least time between two alerts about a condition that did not get worse, in ms. */
export const REPEAT_MS = 10 * 60_000;
/** How long a snooze lasts, in ms. */
export const SNOOZE_MS = 60 * 60_000;
/** Longer than any interval between two scans: the machine slept, or its clock was set. */
const GAP_MS = 3 * 60_000;

/** Failed scans have no new time to tell them apart, so being blind for this long counts as another one, in ms. */
const BLIND_LOOK_MS = 5_000;

/** An alert to show now. */
export interface Alert {
  kind: AlertCondition | 'auto-cleaned' | 'all-clear';
  severity: AlertSeverity | 'notice' | 'quiet';
  title: string;
  body: string;
  /** Where a click leads. */
  screen: Screen;
}

interface ConditionState {
  raised: AlertSeverity | null;
  /** Scans in a row that found more than `raised`, while nothing is raised. */
  found: number;
  /** Scans in a row that found less than `raised`. */
  missed: number;
  /** What was last announced, and when; kept after it clears, so that flapping stays quiet. */
  said: { severity: AlertSeverity; at: number } | null;
}

/** Everything the policy remembers. Times are wall-clock milliseconds; a clock jump at most delays alerts. */
export interface AlertState {
  conditions: Readonly<Record<AlertCondition, ConditionState>>;
  gateways: Readonly<Record<number, GatewayMemory>>;
  /** When a scan was last evaluated, and which. */
  judgedAt: number | null;
  look: string | null;
  /** True after a pause or a sleep, until the next scan. */
  rested: boolean;
  /** Alerts that are no worse than this are held back until then. */
  snooze: { until: number; upTo: AlertSeverity } | null;
  /** An announced alert has not cleared yet. */
  alarmed: boolean;
}

const QUIET: ConditionState = { raised: null, found: 0, missed: 0, said: null };

/** The memory of a policy that has seen nothing yet. */
export const NO_ALERTS: AlertState = {
  conditions: { gateway: QUIET, breaker: QUIET, zombies: QUIET, blind: QUIET },
  gateways: {},
  judgedAt: null,
  look: null,
  rested: false,
  snooze: null,
  alarmed: false,
};

/**
 * What to tell the user after a scan, and what to remember. Two scans in a row raise, three clear, what got worse is said at
 * once, the rest every ten minutes at most; a pause, a sleep and a Gateway's restart are followed by silence, not by a replay.
 */
export function alertsFor(
  previous: Snapshot | null,
  next: Snapshot,
  now: number,
  state: AlertState,
  thresholds: AlertThresholds,
): { alerts: Alert[]; state: AlertState } {
  const reports = autoCleanReports(previous, next);
  if (next.paused || next.scan.kind === 'stale') return { alerts: reports, state: { ...state, rested: true } };
  const look = next.level === 'blind' ? 'blind' : next.scan.at;
  const lastsOn = look === 'blind' && state.judgedAt !== null && Math.abs(now - state.judgedAt) >= BLIND_LOOK_MS;
  if (look === state.look && !lastsOn) return { alerts: reports, state };

  const awake = isGap(state, now) ? rebased(state, now) : state;
  const gateways = rememberGateways(next, awake.gateways, now);
  const found = findings(next, thresholds, (port) => isRestarting(gateways[port], now));
  const snooze = awake.snooze && now < awake.snooze.until ? awake.snooze : null;

  const alerts: Alert[] = [];
  const conditions = { ...awake.conditions };
  for (const condition of ALERT_CONDITIONS) {
    const moved = advance(awake.conditions[condition], found[condition]);
    const due = moved.raised !== null && found[condition] !== 'unknown' && isDue(moved.raised, moved.said, now);
    const held = snooze !== null && moved.raised !== null && rank(moved.raised) <= rank(snooze.upTo);
    if (moved.raised !== null && due && !held) {
      alerts.push({ kind: condition, severity: moved.raised, ...conditionText(condition, next) });
      conditions[condition] = { ...moved, said: { severity: moved.raised, at: now } };
    } else {
      conditions[condition] = moved;
    }
  }

  const over = ALERT_CONDITIONS.every((condition) => conditions[condition].raised === null);
  if (over && awake.alarmed && !snooze) alerts.push({ kind: 'all-clear', severity: 'quiet', ...allClearText(next) });
  const alarmed = !over && (awake.alarmed || alerts.length > 0);
  return {
    alerts: [...reports, ...alerts],
    state: { conditions, gateways, judgedAt: now, look, rested: false, snooze, alarmed },
  };
}

/** A condition that was raised, got worse or is over. Unlike alerts it is neither held back nor repeated: it is for the record. */
export interface AlertChange {
  kind: 'raised' | 'cleared';
  /** How bad it is, or was. */
  severity: AlertSeverity;
  /** In one sentence. */
  text: string;
}

/** What has changed between the states before and after a scan. */
export function alertChanges(before: AlertState, after: AlertState, next: Snapshot): AlertChange[] {
  return ALERT_CONDITIONS.flatMap((condition): AlertChange[] => {
    const was = before.conditions[condition].raised;
    const is = after.conditions[condition].raised;
    if (is === null) return was === null ? [] : [{ kind: 'cleared', severity: was, text: alertClearedText(condition) }];
    if (rank(is) <= rank(was)) return [];
    return [{ kind: 'raised', severity: is, text: alertRaisedText(condition, is, next) }];
  });
}

/** Holds alerts back for an hour. What is worse than anything known now is still said: a snooze must not hide a jam. */
export function snoozeAlerts(state: AlertState, now: number): AlertState {
  const critical = ALERT_CONDITIONS.some((condition) => state.conditions[condition].raised === 'critical');
  return { ...state, snooze: { until: now + SNOOZE_MS, upTo: critical ? 'critical' : 'warning' } };
}

/** Ends a snooze before its time. */
export function endSnooze(state: AlertState): AlertState {
  return { ...state, snooze: null };
}

/** True while alerts are held back. */
export function isSnoozed(state: AlertState, now: number): boolean {
  return state.snooze !== null && now < state.snooze.until;
}

function rank(severity: AlertSeverity | null): 0 | 1 | 2 {
  if (severity === null) return 0;
  return severity === 'warning' ? 1 : 2;
}

function advance(state: ConditionState, finding: Finding): ConditionState {
  if (finding === 'unknown') return { ...state, found: 0, missed: 0 };
  const seen = finding === 'off' ? null : finding;
  if (state.raised === null) {
    const found = seen === null ? 0 : state.found + 1;
    return found >= RAISE_AFTER ? { ...state, raised: seen, found: 0, missed: 0 } : { ...state, found };
  }
  if (rank(seen) >= rank(state.raised)) return { ...state, raised: seen, missed: 0 };
  const missed = state.missed + 1;
  return missed >= CLEAR_AFTER ? { ...state, raised: seen, found: 0, missed: 0 } : { ...state, missed };
}

function isDue(raised: AlertSeverity, said: ConditionState['said'], now: number): boolean {
  return said === null || rank(raised) > rank(said.severity) || now - said.at >= REPEAT_MS;
}

function isGap(state: AlertState, now: number): boolean {
  return state.rested || (state.judgedAt !== null && (now < state.judgedAt || now - state.judgedAt > GAP_MS));
}

/** Restarts every count and waiting time, so that the gap itself does not repeat an alert. */
function rebased(state: AlertState, now: number): AlertState {
  const conditions = { ...state.conditions };
  for (const condition of ALERT_CONDITIONS) {
    const { raised, said } = state.conditions[condition];
    conditions[condition] = { raised, found: 0, missed: 0, said: said && { ...said, at: now } };
  }
  const past = (at: number | null) => (at === null ? null : Math.min(at, now));
  const gateways = Object.fromEntries(
    Object.entries(state.gateways).map(([port, memory]) => [
      port,
      { ...memory, awaySince: past(memory.awaySince), backAt: past(memory.backAt) },
    ]),
  );
  const snooze = state.snooze && { ...state.snooze, until: Math.min(state.snooze.until, now + SNOOZE_MS) };
  return { ...state, conditions, gateways, snooze };
}

function rememberGateways(next: Snapshot, known: AlertState['gateways'], now: number): AlertState['gateways'] {
  const gateways: Record<number, GatewayMemory> = {};
  for (const port of next.ports) {
    const memory = rememberGateway(port, known[port.port], now);
    if (memory) gateways[port.port] = memory;
  }
  return gateways;
}

function autoCleanReports(previous: Snapshot | null, { cleanup }: Snapshot): Alert[] {
  if (previous === null || cleanup.kind !== 'done' || cleanup.by !== 'auto') return [];
  if (previous.cleanup.kind === 'done' && previous.cleanup.at === cleanup.at) return [];
  return cleanup.result.stopped.map((stopped) => ({
    kind: 'auto-cleaned',
    severity: 'notice',
    ...autoCleanedText(stopped),
  }));
}
