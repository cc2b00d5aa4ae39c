import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { failure, type Result, success } from '../../../../shared/result.ts';

/** How the user's own command ended. */
export type CommandEnd = { kind: 'exited'; code: number } | { kind: 'signalled'; signal: NodeJS.Signals };

/** Why the user's own command did not start, with the exit code that shells give for it. */
export interface StartError {
  code: 'not-found' | 'not-executable';
  exitCode: 127 | 126;
  /** The system's error code. */
  detail: string;
}

/** The user's own command while it runs: a child that is only reaped here, so its pid cannot be reused before. */
export interface StartedCommand {
  readonly pid: number;
  /** Resolves when it ends; never rejects. */
  readonly ended: Promise<CommandEnd>;
  /** Returns false when it has already ended. */
  signal(signal: NodeJS.Signals): boolean;
}

/**
 * Starts the user's own command, which is not a tool of the engine: found in PATH, with this terminal, this environment
 * (plus `added`) and this process group, so that Ctrl-C and job control reach it as if it had been typed alone. It
 * inherits only the three standard descriptors: Node opens all others with O_CLOEXEC.
 */
export function startCommand(
  command: readonly string[],
  added: Readonly<Record<string, string>> = {},
): Promise<Result<StartedCommand, StartError>> {
  const [file = '', ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(file, args, { stdio: 'inherit', env: { ...process.env, ...added } });
    const ended = new Promise<CommandEnd>((end) => {
      child.once('exit', (code, signal) =>
        end(signal === null ? { kind: 'exited', code: code ?? 0 } : { kind: 'signalled', signal }),
      );
    });
    child.once('error', (error: NodeJS.ErrnoException) => resolve(failure(startError(error))));
    child.once('spawn', () => {
      child.removeAllListeners('error');
      // The return value reports a signal that could not be delivered.
      child.on('error', () => undefined);
      resolve(success({ pid: child.pid ?? 0, ended, signal: (signal) => child.kill(signal) }));
    });
  });
}

/** The exit code for an end, as shells define it: 128 plus the signal's number for a signal. */
export function exitCodeOf(end: CommandEnd): number {
  return end.kind === 'exited' ? end.code : exitCodeOfSignal(end.signal);
}

/** 128 plus the signal's number. */
export function exitCodeOfSignal(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

function startError({ code = 'unknown error' }: NodeJS.ErrnoException): StartError {
  return code === 'ENOENT'
    ? { code: 'not-found', exitCode: 127, detail: code }
    : { code: 'not-executable', exitCode: 126, detail: code };
}
