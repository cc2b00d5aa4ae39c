import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import process from 'node:process';

/** Where Sexton keeps its files. Directories are made by whoever writes into them first, readable by the user alone. */
export interface Directories {
  /** `settings.json`. */
  config: string;
  /** What Sexton remembers between runs: history, breaker, pause, restart guide. */
  state: string;
  /** `journal.jsonl` and its rotated files: what "Open logs" shows. */
  logs: string;
}

/**
 * The directories for an environment and a home, on a system. macOS has `~/Library/Application Support/Sexton` for settings and
 * state and `~/Library/Logs/Sexton` for logs. Linux follows the XDG base directory specification, by which logs belong to the
 * state: `$XDG_CONFIG_HOME/sexton` and `$XDG_STATE_HOME/sexton`; relative values of these variables are ignored, as it demands.
 * `SEXTON_HOME` puts everything into one directory.
 */
export function directoriesFor(
  system: 'darwin' | 'linux',
  home: string,
  environment: Readonly<Record<string, string | undefined>>,
): Directories {
  const own = environment.SEXTON_HOME;
  if (own) {
    const everything = resolve(own);
    return { config: everything, state: everything, logs: everything };
  }
  if (system === 'darwin') {
    const support = join(home, 'Library', 'Application Support', 'Sexton');
    return { config: support, state: support, logs: join(home, 'Library', 'Logs', 'Sexton') };
  }
  const base = (value: string | undefined, fallback: string) =>
    join(value && isAbsolute(value) ? value : join(home, fallback), 'sexton');
  const state = base(environment.XDG_STATE_HOME, '.local/state');
  return { config: base(environment.XDG_CONFIG_HOME, '.config'), state, logs: state };
}

/** The directories of this user on this system. */
export function directories(environment: Readonly<Record<string, string | undefined>> = process.env): Directories {
  return directoriesFor(process.platform === 'darwin' ? 'darwin' : 'linux', homedir(), environment);
}
