import { LIMITS } from '../../../shared/settings/settings.ts';
import type { GuardedCleaning } from '../../engine/connect/guard/clean.ts';
import { UsageError } from './usage-error.ts';

/** A parser of one value, as commander calls it: with the text, and the result of earlier uses of the flag. */
type Parser<Value> = (text: string, previous?: Value) => Value;

const WHOLE = /^\d{1,15}$/;
const DECIMAL = /^\d{1,9}(?:\.\d{1,9})?$/;

function wholeBetween(flag: string, text: string, { min, max }: { min: number; max: number }): number {
  const value = WHOLE.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(flag, text, `must be a whole number from ${min} to ${max}`);
}

function secondsBetween(flag: string, text: string, { min, max }: { min: number; max: number }): number {
  const milliseconds = DECIMAL.test(text) ? Math.round(Number(text) * 1_000) : Number.NaN;
  if (milliseconds >= min && milliseconds <= max) return milliseconds;
  throw new UsageError(flag, text, `must be a number of seconds from ${min / 1_000} to ${max / 1_000}`);
}

/** `--port`, which may be repeated: the ports in the order given, each once. */
export const parsePort: Parser<number[]> = (text, previous = []) => {
  const port = wholeBetween('--port', text, LIMITS.port);
  const ports = previous.includes(port) ? previous : [...previous, port];
  if (ports.length <= LIMITS.ports.max) return ports;
  throw new UsageError('--port', text, `at most ${LIMITS.ports.max} ports are allowed`);
};

/** `--port` of a command that acts on one port. */
export const parseOnePort: Parser<number> = (text, previous) => {
  const port = wholeBetween('--port', text, LIMITS.port);
  if (previous === undefined || previous === port) return port;
  throw new UsageError('--port', text, 'only one port is allowed');
};

/** What an unguarded bot reports to the circuit breaker about its own connection. */
export const parseOutcome: Parser<'ok' | 'failed'> = (text) => {
  if (text === 'ok' || text === 'failed') return text;
  throw new UsageError('outcome', text, 'must be ok or failed');
};

/** The highest pid either system hands out (Linux: 2^22). */
const PIDS = { min: 1, max: 4_194_304 };

/** `--include` and its old name, which may be repeated: pids, each once. */
export const parsePid =
  (flag: string): Parser<number[]> =>
  (text, previous = []) => {
    const pid = wholeBetween(flag, text, PIDS);
    return previous.includes(pid) ? previous : [...previous, pid];
  };

/** `--interval` in seconds; gives milliseconds. */
export const parseInterval: Parser<number> = (text) => secondsBetween('--interval', text, LIMITS.intervalMs);

/** `--grace` in seconds; gives milliseconds. */
export const parseGrace: Parser<number> = (text) => secondsBetween('--grace', text, LIMITS.graceMs);

const RETRIES = { min: 0, max: 1_000 };

/** `--retries`: attempts after the first. */
export const parseRetries: Parser<number> = (text) => wholeBetween('--retries', text, RETRIES);

const ATTEMPT_TIMEOUT_MS = { min: 1_000, max: 3_600_000 };

/** `--timeout` of an attempt in seconds; gives milliseconds. */
export const parseAttemptTimeout: Parser<number> = (text) => secondsBetween('--timeout', text, ATTEMPT_TIMEOUT_MS);

/** `--timeout` of a wait for the lock in seconds; gives milliseconds. */
export const parseLockTimeout: Parser<number> = (text) => secondsBetween('--timeout', text, LIMITS.lockTimeoutMs);

/** `--clean`: which zombies a guard removes. */
export const parseCleaning: Parser<GuardedCleaning> = (text) => {
  if (text === 'own' || text === 'all' || text === 'none') return text;
  throw new UsageError('--clean', text, 'must be own, all or none');
};
