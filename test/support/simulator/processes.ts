import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

function environmentOf(pid: number): string {
  if (process.platform !== 'linux') {
    return spawnSync('/bin/ps', ['-E', '-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout;
  }
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}

/** Was this process started in the scene with that folder, and does it still run? Another process with a reused pid was not. */
export function belongsTo(pid: number, folder: string): boolean {
  return environmentOf(pid).includes(folder);
}

/** Signals a process that the tests started; it may have ended. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already.
  }
}

/** Does any process with this pid exist, including one that has ended and was not reaped? */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (problem) {
    return (problem as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Does a process with this pid run? One that waits to be reaped does not. */
export function runs(pid: number): boolean {
  const state = spawnSync('/bin/ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
  return state !== '' && !state.startsWith('Z');
}
