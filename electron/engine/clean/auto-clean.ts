import type { Settings } from '../../../shared/settings/settings.ts';
import type { ProcessRecord } from '../platform/types.ts';
import { globMatcher, isScriptListed } from './bot-list.ts';
import type { Coverage } from './planner.ts';

/** A bot is cleaned automatically only when all of its zombies are at least this old. */
export const AUTO_AGE_MS = 300_000;
/** How long the same Gateway must have been listening: after its nightly restart most bots recover without help. */
export const AUTO_GATEWAY_MS = 300_000;
/** How long the bot and its family must have had no answered session: a bot that reconnects is alive. */
export const AUTO_QUIET_MS = 300_000;
/** Minimum time between two automatic cleans. */
export const AUTO_EVERY_MS = 60_000;

/** What the policy's decision rests on. */
export interface AutoCleanInput {
  settings: Pick<Settings, 'autoClean' | 'restartBotPatterns'>;
  /** How long the same visible Gateway has been listening, by port. */
  listeningForMs: ReadonlyMap<number, number>;
  /** How long a process is known to have had no answered session. */
  quietForMs(process: ProcessRecord): number;
  /** Milliseconds since the last automatic clean; infinite before the first. */
  sinceLastMs: number;
}

/**
 * Which bots automatic cleaning may stop now; `null` while it is off or has to wait. A bot's zombies must all be old
 * enough.
 */
export function autoCleanCoverage(input: AutoCleanInput): Coverage | null {
  const { settings, listeningForMs, quietForMs, sinceLastMs } = input;
  if (settings.autoClean !== 'on' || sinceLastMs < AUTO_EVERY_MS) return null;
  const isListed = listedBots(settings);
  return (process, zombies) => {
    if (!isListed(process) || zombies.length === 0 || quietForMs(process) < AUTO_QUIET_MS) return false;
    return zombies.every(
      ({ ageMs, port, side }) =>
        side === 'client' && ageMs >= AUTO_AGE_MS && (listeningForMs.get(port) ?? 0) >= AUTO_GATEWAY_MS,
    );
  };
}

/** Matches the kinds of bots that automatic cleaning may stop. */
export function listedBots({
  restartBotPatterns,
}: Pick<Settings, 'restartBotPatterns'>): (process: ProcessRecord) => boolean {
  const isListed = globMatcher(restartBotPatterns);
  return (process) => isScriptListed(process, isListed);
}
