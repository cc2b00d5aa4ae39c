import type { SettingsPatch } from '../../../../shared/settings/merge.ts';
import { LIMITS } from '../../../../shared/settings/settings.ts';

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** An environment variable with an unusable value, which is ignored. */
export interface EnvironmentProblem {
  variable: string;
  message: string;
}

const SECONDS = /^\d+(\.\d+)?$/;

/**
 * The settings that the bots' own environment variables give: `IBKR_LOCK_FILE_PATH` and `IBKR_LOCK_TIMEOUT` in seconds, of which a
 * fractions are allowed (0.5 is 500 ms). An empty variable counts as unset; an unusable one is reported and ignored.
 */
export function environmentSettings(environment: Environment): {
  patch: SettingsPatch;
  problems: EnvironmentProblem[];
} {
  const patch: Record<string, unknown> = {};
  const problems: EnvironmentProblem[] = [];
  const path = environment.IBKR_LOCK_FILE_PATH;
  if (path) {
    if (path.startsWith('/') && path.length <= LIMITS.text.max) patch.lockPath = path;
    else problems.push({ variable: 'IBKR_LOCK_FILE_PATH', message: `"${path}" is not an absolute path` });
  }
  const seconds = environment.IBKR_LOCK_TIMEOUT?.trim();
  if (seconds) {
    const { min, max } = LIMITS.lockTimeoutMs;
    const milliseconds = SECONDS.test(seconds) ? Math.round(Number(seconds) * 1_000) : Number.NaN;
    if (milliseconds >= min && milliseconds <= max) patch.lockTimeoutMs = milliseconds;
    else {
      const allowed = `a number of seconds from ${min / 1_000} to ${max / 1_000}`;
      problems.push({ variable: 'IBKR_LOCK_TIMEOUT', message: `"${seconds}" is not ${allowed}` });
    }
  }
  return { patch, problems };
}
