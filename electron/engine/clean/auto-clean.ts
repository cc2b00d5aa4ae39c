import type { Settings } from '../../../shared/settings/settings.ts';
import type { ProcessRecord } from '../platform/types.ts';
import { globMatcher, isScriptListed } from './bot-list.ts';
import type { Coverage } from './planner.ts';

/** How old every zombie of a bot must be before it is cleaned without asking. */
export const AUTO_AGE_MS = 300_000;
/** How long the same Gateway must have been listening: after its nightly restart most bots recover alone. */
export const AUTO_GATEWAY_MS = 300_000;
/** For how long the bot must be known to have had no answered session, nor its family: one that reconnects lives. */
export const AUTO_QUIET_MS = 300_000;
/** Automatic cleans are at least this far apart. */
export const AUTO_EVERY_MS = 60_000;

/** What the policy is judged by. */
export interface AutoCleanInput {
  settings: Pick<Settings, 'autoClean' | 'restartBotPatterns'>;
  /** For how long the same visible Gateway has been listening, by port. */
  listeningForMs: ReadonlyMap<number, number>;
  /** For how long a process is known to have had no answered session. */
  quietForMs(process: ProcessRecord): number;
  /** Milliseconds since the last automatic clean; infinite before the first. */
  sinceLastMs: number;
}

/** The bots that automatic cleaning covers now; `null` while it is off or must wait. Old enough means all of its zombies. */
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

/** Is this a bot of the kind that automatic cleaning may stop? */
export function listedBots({
  restartBotPatterns,
}: Pick<Settings, 'restartBotPatterns'>): (process: ProcessRecord) => boolean {
  const isListed = globMatcher(restartBotPatterns);
  return (process) => isScriptListed(process, isListed);
}
