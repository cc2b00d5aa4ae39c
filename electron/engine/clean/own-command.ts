import { verdictSentence } from '../../../shared/wording.ts';
import { readAttribution } from '../observe/attribution.ts';
import { connectionKey } from '../observe/endpoints.ts';
import type { Platform } from '../platform/types.ts';
import { ALWAYS_PROTECTED_PORTS, childrenOf, descendantsOf } from './evidence.ts';
import { createGuard } from './guard.ts';

/** Denials that no wish of a person lifts and that being our own child does not either. */
const NEVER = new Set(['gateway-listener', 'gateway-family', 'gateway-program', 'forwarder', 'other-user']);

/**
 * Why a command that `sexton guard` started must not be stopped although it did not connect where it should; `null` when it may.
 * It may serve or have started a Gateway, or trade over a session on another port than the one that was watched. A session that
 * was never answered is no reason: that is what hanging looks like. While nothing can be seen nothing is stopped.
 */
export async function whyNotStop(platform: Platform, pid: number, ports: readonly number[]): Promise<string | null> {
  const attribution = await readAttribution(platform, [...ports, ...ALWAYS_PROTECTED_PORTS]);
  if (!attribution.ok) return 'Sexton cannot see its connections.';
  const { processes, holdings, ports: protectedPorts, tunnelPorts } = attribution.value;
  // It has ended meanwhile: whoever reaps it knows.
  if (processes.get(pid)?.corpse !== false) return null;
  const table = await platform.readTable([...protectedPorts]);
  if (!table.ok) return 'Sexton cannot see its connections.';
  const { self } = platform;
  const evidence = {
    processes,
    holdings,
    protectedPorts,
    tunnelPorts,
    unproven: new Set<number>(),
    self,
    botNames: ['*'],
  };
  // As if nobody had included it: a Java that it started may be a Gateway, whatever its arguments say.
  const verdict = createGuard(evidence).verdict(pid);
  if (verdict.kind === 'protected' && NEVER.has(verdict.reason)) return verdictSentence(verdict);
  const family = new Set([pid, ...descendantsOf(pid, childrenOf(processes)).map((process) => process.pid)]);
  const received = new Map(table.value.rows.map((row) => [connectionKey(row), row.bytesReceived]));
  for (const holding of holdings) {
    const { state, remote } = holding;
    if (!family.has(holding.pid) || state !== 'ESTABLISHED' || remote === null) continue;
    if (!protectedPorts.has(remote.port) || received.get(connectionKey(holding)) === 0) continue;
    return `It has a live API session on ${remote.port} and may be trading.`;
  }
  return null;
}
