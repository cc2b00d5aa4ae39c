import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { until } from '../until.ts';

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Why tests with Python are skipped; `null` when python3 is there. */
export const NO_PYTHON: string | null = (() => {
  try {
    execFileSync('python3', ['-c', 'import fcntl']);
    return null;
  } catch {
    return 'python3 with fcntl is missing';
  }
})();

/** A real process on the other side of a lock; its lines can be waited for. */
export interface Actor {
  readonly child: ChildProcess;
  readonly pid: number;
  lines(): readonly string[];
  says(line: string, timeoutMs?: number): Promise<void>;
  /** Sends the line that it waits for. */
  proceed(): void;
  kill(): Promise<void>;
}

const alive = new Set<Actor>();

/** Kills whatever a test left running; for `afterEach`. */
export async function killActors(): Promise<void> {
  await Promise.all([...alive].map((actor) => actor.kill()));
}

function actor(command: string, args: readonly string[]): Actor {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  child.stdin.on('error', () => undefined);
  const lines = () => text.split('\n').slice(0, -1);
  const self: Actor = {
    child,
    pid: child.pid ?? -1,
    lines,
    says: async (line, timeoutMs = 45_000) => {
      await until(() => lines().includes(line), { timeoutMs, everyMs: 5, what: `"${line}" from ${args.join(' ')}` });
    },
    proceed: () => {
      child.stdin.write('\n');
    },
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
      alive.delete(self);
    },
  };
  alive.add(self);
  return self;
}

/** A Python process that takes the lock as the bots do and holds it until `proceed`. */
export const pythonHolder = (path: string): Actor => actor('python3', [here('bot.py'), 'hold', path]);

/** A Python process that takes the lock again and again without a pause. */
export const pythonTurns = (path: string, seconds: number): Actor =>
  actor('python3', [here('bot.py'), 'turns', path, String(seconds)]);

/** What a Python bot that tries without waiting gets: `busy` or `locked`. */
export const pythonTry = (path: string): string =>
  execFileSync('python3', [here('bot.py'), 'try', path], { encoding: 'utf8' }).trim();

/** Sexton's lock in a separate process, as another user with a `prefix` such as setpriv. */
export function sextonTaker(
  path: string,
  { timeoutMs = 30_000, backend = 'koffi', tool = '', prefix = [] as readonly string[] } = {},
): Actor {
  const [command = '', ...args] = [...prefix, process.execPath, here('take.ts'), path, `${timeoutMs}`, backend, tool];
  return actor(command, args);
}
