import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Network } from './simulator/network.ts';
import { until } from './until.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const BUILT = join(ROOT, 'out', 'cli', 'sexton.mjs');

export interface SextonOptions {
  /** Added to the environment of the test process; `undefined` takes a variable away. */
  env?: Readonly<Record<string, string | undefined>>;
  cwd?: string;
  /** Written to stdin, which then ends. Without it `runSexton` ends stdin at once and `startSexton` keeps it open. */
  input?: string;
  /** After that the command is killed; 90,000 when absent. */
  timeoutMs?: number;
  /** The folder for settings and journal: to look into it, or to share it. A temporary one of the run's own when absent. */
  home?: string;
  /** Run the built command (`out/cli/sexton.mjs`) if there is one. */
  built?: boolean;
  /** Run it in a scene's network. */
  network?: Network;
  /** Run it as another user; needs root. */
  uid?: number;
}

/** How a run of the command ended. */
export interface SextonRun {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** From start to end. */
  durationMs: number;
}

/** A command that is running. */
export interface RunningSexton {
  readonly pid: number;
  readonly ended: Promise<SextonRun>;
  /** What it printed so far. */
  stdout(): string;
  stderr(): string;
  /** Waits until stdout matches. */
  printed(pattern: RegExp, timeoutMs?: number): Promise<string>;
  write(text: string): void;
  endInput(): void;
  signal(signal: NodeJS.Signals): void;
}

/** Node that runs TypeScript as it is: the one that runs the tests, else the project's own. */
function nodeExecutable(): string {
  return process.features.typescript ? process.execPath : join(ROOT, 'node_modules', 'node', 'bin', 'node');
}

function sextonCommand(args: readonly string[], { built, network, uid }: SextonOptions): string[] {
  const program = built && existsSync(BUILT) ? BUILT : join(ROOT, 'electron', 'cli.ts');
  const command = [nodeExecutable(), program, ...args];
  return network ? network.wrap(command, uid) : command;
}

function environment({ env = {} }: SextonOptions, home: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(SEXTON_|IBKR_|VITEST|NODE_OPTIONS$)/.test(name));
  const quiet = { SEXTON_HOME: home, IBKR_LOCK_FILE_PATH: join(home, 'connect.lock'), NODE_NO_WARNINGS: '1' };
  return { ...Object.fromEntries(own), ...quiet, ...env };
}

/** Starts `sexton` and leaves it running: for `watch`, `guard`, and prompts. It is killed at its timeout. */
export function startSexton(args: readonly string[], options: SextonOptions = {}): RunningSexton {
  const home = options.home ?? realpathSync(mkdtempSync(join(tmpdir(), 'sexton-home-')));
  if (options.uid !== undefined) chownSync(home, options.uid, options.uid);
  const [file = '', ...rest] = sextonCommand(args, options);
  const user = options.uid === undefined || options.network ? {} : { uid: options.uid, gid: options.uid };
  const started = performance.now();
  const child: ChildProcess = spawn(file, rest, {
    cwd: options.cwd ?? ROOT,
    env: environment(options, home),
    stdio: ['pipe', 'pipe', 'pipe'],
    ...user,
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdin?.on('error', () => undefined);
  if (options.input !== undefined) child.stdin?.end(options.input);
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 90_000);
  const killAtExit = () => void child.kill('SIGKILL');
  process.on('exit', killAtExit);

  const ended = new Promise<SextonRun>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      const durationMs = performance.now() - started;
      let settled = false;
      const settle = () => {
        if (settled) return;
        settled = true;
        clearTimeout(timer);
        clearTimeout(patience);
        process.off('exit', killAtExit);
        if (!options.home) rmSync(home, { recursive: true, force: true, maxRetries: 3 });
        resolve({ code, signal, stdout, stderr, durationMs });
      };
      // A guarded bot that outlives the command keeps its output open: do not wait for that.
      const patience = setTimeout(settle, 1_000);
      child.once('close', settle);
    });
  });
  return {
    pid: child.pid ?? 0,
    ended,
    stdout: () => stdout,
    stderr: () => stderr,
    printed: (pattern, timeoutMs = 45_000) =>
      until(() => stdout.match(pattern)?.[0], { timeoutMs, what: `${pattern} on stdout (so far: ${stdout}${stderr})` }),
    write: (text) => void child.stdin?.write(text),
    endInput: () => void child.stdin?.end(),
    signal: (signal) => void child.kill(signal),
  };
}

/** Runs `sexton` to its end. */
export function runSexton(args: readonly string[], options: SextonOptions = {}): Promise<SextonRun> {
  return startSexton(args, { ...options, input: options.input ?? '' }).ended;
}
