import { isAbsolute, join } from 'node:path';
import process from 'node:process';
import type { UserSession } from '../session.ts';

/** Folders by the XDG base directory specification, by which logs belong to the state and relative values are ignored. */
export const LINUX_SESSION: UserSession = {
  directories: (home, environment) => {
    const base = (value: string | undefined, fallback: string) =>
      join(value && isAbsolute(value) ? value : join(home, fallback), 'sexton');
    const state = base(environment.XDG_STATE_HOME, '.local/state');
    return { config: base(environment.XDG_CONFIG_HOME, '.config'), state, logs: state };
  },
  noDisplayReason: (environment) => {
    if (!environment.DISPLAY && !environment.WAYLAND_DISPLAY)
      return 'there is no display (DISPLAY and WAYLAND_DISPLAY are not set)';
    return process.geteuid?.() === 0 ? "Electron's sandbox does not run as root" : null;
  },
};
