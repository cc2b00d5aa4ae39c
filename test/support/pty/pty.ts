import { spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pythonExecutable } from '../simulator/python.ts';
import { until } from '../until.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, '..', '..', '..');

export interface TerminalOptions {
  columns?: number;
  rows?: number;
  env?: Readonly<Record<string, string>>;
  /** stdin, stdout and stderr are /dev/null; it still has the terminal as its controlling terminal. */
  redirected?: boolean;
}

/** `sexton` on a pseudo-terminal. */
export interface TerminalSession {
  /** All that was written to the terminal so far, escape sequences included. */
  output(): string;
  /** Waits until the output from `since` on matches. */
  shows(pattern: RegExp, since?: number): Promise<void>;
  type(keys: string): void;
  resize(columns: number, rows: number): void;
  /** The exit code; 128 + the signal's number when a signal ended it. */
  readonly ended: Promise<number | null>;
  close(): Promise<void>;
}

/** The command line that runs `sexton` from its sources. */
export function sextonCommand(args: readonly string[]): string[] {
  const node = process.features.typescript ? process.execPath : join(ROOT, 'node_modules', 'node', 'bin', 'node');
  return [node, join(ROOT, 'electron', 'cli.ts'), ...args];
}

/** Starts `sexton` on a pseudo-terminal of the given size. Needs python3 (see `hasPython`). */
export function startOnTerminal(args: readonly string[], options: TerminalOptions = {}): TerminalSession {
  const { columns = 80, rows = 24, env = {}, redirected = false } = options;
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'sexton-home-')));
  const plain = sextonCommand(args);
  // The terminal must be kept open, or its other end would see it as closed.
  const command = redirected ? ['/bin/sh', '-c', 'exec "$@" 3>&1 </dev/null >/dev/null 2>&1', 'sh', ...plain] : plain;
  const child = spawn(pythonExecutable(), [join(HERE, 'run_in_pty.py'), String(columns), String(rows), ...command], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, TERM: 'xterm-256color', SEXTON_HOME: home, NODE_NO_WARNINGS: '1', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let written = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    written += chunk;
  });
  child.stdin.on('error', () => undefined);
  const killAtExit = () => void child.kill('SIGTERM');
  process.on('exit', killAtExit);
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      process.off('exit', killAtExit);
      resolve(code);
    });
  });
  return {
    output: () => written,
    shows: async (pattern, since = 0) => {
      await until(() => pattern.test(written.slice(since)), {
        what: `${pattern} on the terminal (so far: ${JSON.stringify(written.slice(since))})`,
      });
    },
    type: (keys) => void child.stdin.write(`type ${Buffer.from(keys).toString('hex')}\n`),
    resize: (wide, high) => void child.stdin.write(`size ${wide} ${high}\n`),
    ended,
    close: async () => {
      child.kill('SIGTERM');
      await ended;
      rmSync(home, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
