import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/**
 * A child that runs Sexton's own program, controlled through its stdin and read line by line. It must end when its
 * stdin does.
 */
export interface OwnChild {
  readonly pid: number;
  /** Resolves when it has ended; never rejects. */
  readonly ended: Promise<void>;
  /** Writes a line, which is lost when the child has ended. */
  send(line: string): void;
  /** Closes its stdin, which ends it; kills it if it still runs after `patienceMs`. Resolves when it has ended. */
  end(patienceMs: number): Promise<void>;
}

/** The environment that a packaged app's own binary needs; plain Node needs none of it. */
const PASSED = ['HOME', 'DISPLAY', 'WAYLAND_DISPLAY', 'XAUTHORITY', 'XDG_RUNTIME_DIR'] as const;

/** Maximum length of a line from a child. */
const MAX_LINE = 65_536;

/**
 * Starts a child by absolute path with a minimal environment; `null` when that fails. `hear` is called with each line
 * it prints.
 */
export function startOwnChild(command: readonly string[], hear: (line: string) => void): Promise<OwnChild | null> {
  const [file = '', ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: '/',
      env: { ...passedEnvironment(), LC_ALL: 'C', TZ: 'UTC', NODE_NO_WARNINGS: '1' },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const ended = new Promise<void>((end) => child.once('exit', () => end()));
    // `ended` reports a child that dies while it is written to.
    child.stdin.on('error', () => undefined);
    createInterface(child.stdout).on('line', (line) => hear(line.slice(0, MAX_LINE)));
    child.once('error', () => resolve(null));
    child.once('spawn', () =>
      resolve({
        pid: child.pid ?? 0,
        ended,
        send: (line) => void child.stdin.write(`${line}\n`),
        end: async (patienceMs) => {
          child.stdin.end();
          const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
          await ended;
          clearTimeout(timer);
        },
      }),
    );
  });
}

function passedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    PASSED.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
