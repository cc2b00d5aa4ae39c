import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

interface Python {
  executable: string;
  /** Where its library is: a copy of the executable elsewhere needs to know. */
  home: string;
}

const ASK = 'import sys; assert sys.version_info >= (3, 9); print(sys.executable); print(sys.base_prefix)';

function candidates(): string[] {
  const inPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'python3'));
  const usual = ['/opt/homebrew/bin/python3', '/usr/local/bin/python3'];
  if (process.platform !== 'darwin') return ['/usr/bin/python3', ...usual, ...inPath];
  // Without developer tools macOS's /usr/bin/python3 only opens a dialog that offers to install them.
  const tools = '/Library/Developer/CommandLineTools/usr/bin/python3';
  return [...usual, ...inPath, tools].filter((path) => path !== '/usr/bin/python3');
}

function find(): Python | null {
  for (const path of new Set(candidates())) {
    if (!existsSync(path)) continue;
    const answer = spawnSync(path, ['-c', ASK], { encoding: 'utf8', timeout: 10_000 });
    const [executable, home] = answer.stdout?.split('\n') ?? [];
    if (answer.status === 0 && executable && home) return { executable, home };
  }
  return null;
}

const python = find();

/** The absolute path of a Python 3.9 or newer, or `null`: then tests of pretend processes are skipped with a reason. */
export const hasPython: string | null = python?.executable ?? null;

/** The reason for a skipped test. */
export const NO_PYTHON = 'needs python3 (3.9 or newer), which is not installed';

/** The Python that runs pretend processes; throws where there is none. */
export function pythonExecutable(): string {
  if (!python) throw new Error(`The simulator ${NO_PYTHON}.`);
  return python.executable;
}

/** What a copy of the executable needs in its environment. */
export function pythonHome(): Record<string, string> {
  return python ? { PYTHONHOME: python.home } : {};
}

/**
 * Puts a copy of the Python executable at `path`, so that the system itself shows the process as that program
 * (`/proc/PID/exe`, `comm`, `ps`, `lsof`): `java`, `JavaApplicationStub`, `socat`, `Python`.
 */
export function disguise(path: string): void {
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  copyFileSync(pythonExecutable(), path);
  chmodSync(path, 0o755);
  const answer = spawnSync(path, ['-c', 'pass'], { env: { ...process.env, ...pythonHome() }, timeout: 10_000 });
  if (answer.status !== 0) throw new Error(`This machine's Python does not run from another place: ${answer.stderr}`);
}

/** Another user's id, for a costume's `uid`. */
export const OTHER_UID = 65_534;

/** Why there are no processes of another user here, as the reason for a skipped test; `null` where there are. */
export const noOtherUser: string | null = (() => {
  if (process.getuid?.() !== 0) return 'needs root, to run a process as another user';
  if (!python) return NO_PYTHON;
  const answer = spawnSync(python.executable, ['-c', 'pass'], { uid: OTHER_UID, gid: OTHER_UID, timeout: 10_000 });
  return answer.status === 0 ? null : `needs a Python that other users may run; ${python.executable} is not one`;
})();
