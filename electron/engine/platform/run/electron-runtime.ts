import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../session.ts';
import { SYSTEMS, thisSystem } from '../systems.ts';

/**
 * Path of this checkout's Electron runtime; `null` when it has not been downloaded. Electron's npm package does not
 * contain it.
 */
export function electronRuntime(root: string): string | null {
  const folder = join(root, 'node_modules', 'electron');
  const pathFile = join(folder, 'path.txt');
  if (!existsSync(pathFile)) return null;
  const executable = join(folder, 'dist', readFileSync(pathFile, 'utf8').trim());
  return existsSync(executable) ? executable : null;
}

/** Why no window can be shown here, in words; `null` when one can. */
export function noDisplayReason(environment: Environment): string | null {
  return (thisSystem() ?? SYSTEMS.linux).session.noDisplayReason(environment);
}

/**
 * Runs a program in the foreground, with this terminal and this environment: it is the user's own command, not a tool
 * of the engine. Resolves with its exit code, 1 when it could not be started or was ended by a signal.
 */
export function runInForeground(executable: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(executable, args, { stdio: 'inherit' });
    // Ctrl-C reaches the whole foreground group; this process ends after its child.
    const ignore = () => {};
    process.on('SIGINT', ignore);
    const end = (code: number) => {
      process.off('SIGINT', ignore);
      resolve(code);
    };
    child.once('error', () => end(1));
    child.once('exit', (code) => end(code ?? 1));
  });
}
