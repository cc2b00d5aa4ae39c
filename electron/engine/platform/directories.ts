import { homedir } from 'node:os';
import { resolve } from 'node:path';
import process from 'node:process';
import type { Directories, Environment, UserSession } from './session.ts';
import { SYSTEMS, thisSystem } from './systems.ts';

export type { Directories } from './session.ts';

/** The directories in a session on some system, for a home and an environment. `SEXTON_HOME` puts everything into one directory. */
export function directoriesFor(session: UserSession, home: string, environment: Environment): Directories {
  const own = environment.SEXTON_HOME;
  if (!own) return session.directories(home, environment);
  const everything = resolve(own);
  return { config: everything, state: everything, logs: everything };
}

/** The directories of this user on this system. */
export function directories(environment: Environment = process.env): Directories {
  return directoriesFor((thisSystem() ?? SYSTEMS.linux).session, homedir(), environment);
}
