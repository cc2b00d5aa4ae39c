import { totalZombies } from '../severity.ts';
import type { Snapshot } from '../snapshot.ts';
import type { AdviceFacts } from './facts.ts';

/** Why a guided restart should be offered, or null: zombies that the Gateway holds while bots still connect are no reason. */
export type GuideTrigger = 'jammed' | 'connects-fail';

/**
 * Should the guide be offered? The Gateway is jammed, or connects keep failing after cleans, or it holds
 * zombies while bots fail. A stopped or restarting Gateway is none of these, and neither is a bot's own mistake.
 */
export function restartTrigger(
  snapshot: Pick<Snapshot, 'scan' | 'ports' | 'breaker' | 'runnerBreaker'>,
  facts: AdviceFacts,
): GuideTrigger | null {
  const { scan, ports } = snapshot;
  if (scan.kind === 'failed' || scan.kind === 'stale') return null;
  const listening = ports.filter((port) => port.listening === true);
  if (listening.some(({ jammed }) => jammed === true)) return 'jammed';
  if (listening.length === 0) return null;
  const held = totalZombies(listening, 'gateway') ?? 0;
  const failing =
    facts.failuresAfterClean > 0 || snapshot.breaker.state === 'open' || snapshot.runnerBreaker?.state === 'open';
  return facts.failuresAfterClean >= 2 || (held > 0 && failing) ? 'connects-fail' : null;
}
