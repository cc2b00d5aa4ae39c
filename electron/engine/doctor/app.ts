import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import type { DoctorCheck } from '../../../shared/doctor.ts';
import type { SystemNotes } from '../platform/notes.ts';
import { careful, check, type Finding, fine, shellPath } from './check.ts';

/** What only the running app can tell. */
export interface AppFacts {
  /** Why notifications do not reach the user, as a sentence; null while they do. */
  notificationProblem: string | null;
  /** Should the app open at login, and is the system set up to do it? */
  loginItem: { wished: boolean; actual: boolean };
}

/** Where to search for the command if the app was started without a shell's PATH. */
const USUAL_FOLDERS = ['/usr/local/bin', '/opt/homebrew/bin', '/usr/bin'];

/** The lines about the app; in the terminal they only say where to look. */
export function appChecks(repairs: SystemNotes['repairs'], app: AppFacts | null): DoctorCheck[] {
  const only = fine('Only the app can check this: open its panel, then Settings.');
  return [
    check('notifications', 'Notifications', app === null ? only : notificationFinding(repairs.notifications, app)),
    check('login-item', 'Open at login', app === null ? only : loginFinding(repairs.loginItem, app)),
  ];
}

function notificationFinding(fix: string, { notificationProblem }: AppFacts): Finding {
  if (notificationProblem === null) return fine('Notifications reach you.');
  return careful(`${notificationProblem} Until that is fixed, warnings appear as a banner in the panel.`, fix);
}

function loginFinding(fix: string, { loginItem: { wished, actual } }: AppFacts): Finding {
  if (wished === actual) return fine(actual ? 'Sexton opens at login.' : 'Off.');
  return careful(
    wished
      ? 'On in the settings, but the system does not open Sexton at login.'
      : 'Off in the settings, but the system still opens Sexton at login.',
    fix,
  );
}

/** The check of `sexton` in the PATH. `command` is the file that starts this Sexton; null if there is none to link. */
export async function pathCheck(
  environment: Readonly<Record<string, string | undefined>>,
  home: string,
  command: string | null,
): Promise<DoctorCheck> {
  const folders = (environment.PATH ?? '').split(delimiter).filter(isAbsolute);
  const places = [...new Set([...folders, ...USUAL_FOLDERS, join(home, '.local/bin'), join(home, 'bin')])];
  const found: string[] = [];
  for (const folder of places) {
    const path = join(folder, 'sexton');
    if (await isExecutable(path)) found.push(path);
  }
  return check('path', 'Terminal command', await pathFinding(found, home, command));
}

async function pathFinding([first]: string[], home: string, command: string | null): Promise<Finding> {
  if (first !== undefined) return fine(first);
  if (command === null) return careful('"sexton" is not in your PATH.', 'npm install --global .');
  const folder = (await isWritable('/usr/local/bin')) ? '/usr/local/bin' : null;
  const fix =
    folder !== null
      ? `ln -s ${shellPath(command)} ${folder}/sexton`
      : command.includes('.app/')
        ? `sudo ln -s ${shellPath(command)} /usr/local/bin/sexton`
        : `mkdir -p ${shellPath(join(home, '.local/bin'))} && ln -s ${shellPath(command)} ${shellPath(join(home, '.local/bin/sexton'))}`;
  return careful('"sexton" is not in your PATH.', fix);
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function isWritable(path: string): Promise<boolean> {
  return access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
}
