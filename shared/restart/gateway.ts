import { isSameShown } from '../same-process.ts';
import type { PortState } from '../snapshot.ts';
import { CLEAR_WAIT_MS, type GuideNotice, type GuidePort } from './state.ts';

/** A port after a scan, and what that scan reverted. */
interface Followed {
  port: GuidePort;
  notice: GuideNotice | null;
}

/**
 * The ports whose Gateway is to be restarted: those in trouble (jammed, or with zombies on the Gateway's side) and whatever else
 * the same process listens on; without trouble all that listen. Nothing listens: all of them, and any one that comes is enough.
 */
export function choosePorts(seen: readonly PortState[]): { ports: GuidePort[]; anyPort: boolean } {
  const listening = seen.filter((port) => port.listening);
  const troubled = listening.filter(({ jammed, zombies }) => jammed === true || (zombies.gateway ?? 0) > 0);
  const chosen = listening.filter((port) =>
    troubled.some((one) => one === port || isSame(shownOf(one.gateway), shownOf(port.gateway))),
  );
  const ports = chosen.length > 0 ? chosen : listening;
  if (ports.length > 0) return { ports: ports.map((port) => guidePort(port, 'up')), anyPort: false };
  return { ports: seen.map((port) => ({ ...guidePort(port, 'away'), awayMs: CLEAR_WAIT_MS })), anyPort: true };
}

function guidePort({ port, gateway }: PortState, status: GuidePort['status']): GuidePort {
  return { port, gateway: shownOf(gateway), status, awayMs: 0, cleared: false, early: false };
}

function isSame(one: GuidePort['gateway'], other: GuidePort['gateway']): boolean | null {
  if (one === null || other === null) return null;
  return isSameShown(one, other);
}

/** A process whose start time is unknown could not be recognised again. */
function shownOf(gateway: PortState['gateway']): GuidePort['gateway'] {
  if (gateway === null || Number.isNaN(Date.parse(gateway.startedAt))) return null;
  return { pid: gateway.pid, startedAt: gateway.startedAt };
}

/** Another process than the one remembered? Null where either cannot be seen. */
function isReplaced({ gateway: known }: GuidePort, { gateway: now }: PortState): boolean | null {
  const same = isSame(known, shownOf(now));
  return same === null ? null : !same;
}

/** Sockets on the port that are not yet gone; what only the kernel keeps for a while (TIME_WAIT) blocks nothing. */
export function socketsOn({ zombies, closing, established }: PortState): number | null {
  if (zombies.total === null || closing === null || established === null) return null;
  return zombies.total + closing + established;
}

/** Follows one port through gone, waited and back, by what is seen there now; `passedMs` since the look before. */
export function followPort(port: GuidePort, seen: PortState, passedMs: number): Followed {
  const known = { ...port, gateway: port.gateway ?? shownOf(seen.gateway) };
  if (port.status === 'up') {
    if (!seen.listening) return { port: { ...port, status: 'away', awayMs: 0, early: false }, notice: null };
    // Gone and back between two scans: it cannot have been away longer than the time between them.
    if (isReplaced(port, seen)) return comeBack(port, seen, passedMs);
    return { port: known, notice: null };
  }
  if (port.status === 'back') {
    if (seen.listening) return { port: known, notice: null };
    return { port: { ...port, status: 'away' }, notice: { kind: 'gone-again', port: port.port } };
  }
  const awayMs = port.awayMs + Math.max(0, Math.round(passedMs));
  if (seen.listening) return comeBack(port, seen, awayMs);
  const cleared = port.cleared || (awayMs >= CLEAR_WAIT_MS && socketsOn(seen) === 0);
  return { port: { ...port, awayMs, cleared }, notice: null };
}

/** It listens again: in time, too early, or with zombies already. */
function comeBack(port: GuidePort, seen: PortState, awayMs: number): Followed {
  const replaced = isReplaced(port, seen);
  const zombies = seen.zombies.gateway ?? 0;
  const known = { ...port, gateway: shownOf(seen.gateway), cleared: false, early: false };
  if (zombies > 0) {
    return {
      port: { ...known, status: 'up', awayMs: 0 },
      notice: { kind: 'zombies', port: port.port, zombies },
    };
  }
  if (port.cleared || awayMs >= CLEAR_WAIT_MS) {
    return { port: { ...known, status: 'back', awayMs, cleared: true }, notice: null };
  }
  return {
    port: { ...known, status: 'up', awayMs: 0, early: replaced !== false },
    notice: { kind: 'early', port: port.port, afterMs: Math.round(awayMs), replaced },
  };
}
