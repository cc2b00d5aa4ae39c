import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

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

/** Why no window can be shown here, as a sentence; `null` when one can. */
export function noDisplayReason(environment: Readonly<Record<string, string | undefined>>): string | null {
  if (process.platform === 'darwin') {
    return environment.SSH_CONNECTION ? 'this is an SSH session without a screen' : null;
  }
  if (!environment.DISPLAY && !environment.WAYLAND_DISPLAY)
    return 'there is no display (DISPLAY and WAYLAND_DISPLAY are not set)';
  return process.geteuid?.() === 0 ? "Electron's sandbox does not run as root" : null;
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
