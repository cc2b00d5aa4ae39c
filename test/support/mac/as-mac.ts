import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NO_PYTHON, pythonExecutable } from '../simulator/python.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const PRELOAD = join(HERE, 'as-mac.cjs');
const SBIN = '/usr/sbin';

export const MACOS_VERSIONS = ['13', '14', '15', '15.2', '26', '26.3', '27'] as const;
export type MacosVersion = (typeof MACOS_VERSIONS)[number];
export type AppleTool = 'netstat' | 'lsof' | 'ps';

/** How the pretend Mac behaves, without faults by default; README.md names the source of each. */
export interface MacSettings {
  /** Layouts and counters of this macOS; 26.3 when absent. */
  version?: MacosVersion;
  /** The tools see what this user sees, instead of the real user. */
  uid?: number;
  /** Seconds that a tool waits before it reads anything. */
  delays?: Partial<Record<AppleTool, number>>;
  /** Tools that never answer. */
  hanging?: readonly AppleTool[];
  /** What netstat shows a user who is not root; `own` on 27, else `all`, when absent. */
  netstatSees?: 'all' | 'own' | 'nothing';
  /** Network volumes that do not answer: each costs lsof its timeout (15 s, or `-S`), unless `-b` avoids it. */
  deadMounts?: readonly string[];
  /** A line that lsof writes to stderr, whatever its options. */
  lsofComplaint?: string;
  /** Names of programs whose environment ps does not show; Apple's own when absent. */
  restricted?: readonly string[];
}

/** A call of a tool. */
export interface ToolCall {
  tool: AppleTool;
  args: string[];
}

/** A pretend Mac: a folder with Apple's tools, to be run in with {@link Mac.wrap}. */
export interface Mac {
  /** The tools alone, for a test that calls them without the mounts. */
  readonly tools: Readonly<Record<AppleTool, string>>;
  /** The command that runs `command` where `/usr/sbin/netstat`, `/usr/sbin/lsof` and `/bin/ps` are Apple's; it keeps the pid. */
  wrap(command: readonly string[]): string[];
  /** Makes Node programs run as on macOS; add it to their environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Changes the behaviour from the next call of a tool on. */
  set(settings: MacSettings): void;
  /** What the tools were called with so far, in order. */
  calls(): ToolCall[];
  forgetCalls(): void;
  close(): void;
}

/** Why there can be no pretend Mac here, as the reason for a skipped test; `null` where there can. */
export const noMac: string | null = (() => {
  if (!existsSync('/proc/self/mountinfo')) return 'needs Linux mount namespaces';
  if (process.getuid?.() !== 0) return 'needs root, for a mount namespace';
  try {
    pythonExecutable();
  } catch {
    return NO_PYTHON;
  }
  const answer = spawnSync('unshare', ['-m', 'true'], { timeout: 10_000 });
  return answer.status === 0 ? null : 'needs unshare, for a mount namespace';
})();

const MOUNT = `set -e
mount --make-rprivate /
mount --bind ${SBIN} "$1/real-sbin"
mount --bind "$1/sbin" ${SBIN}
mount --bind "$1/bin/ps" /bin/ps
shift
exec "$@"`;

/** Opens a pretend Mac. Its tools see whatever network and processes the command that is wrapped sees. */
export function openMac(settings: MacSettings = {}): Mac {
  const world = realpathSync(mkdtempSync(join(tmpdir(), 'mac-')));
  for (const folder of ['bin', 'sbin', 'real-sbin', 'compiled']) mkdirSync(join(world, folder));
  // Other users run the tools too, and leave compiled files and notes.
  for (const folder of [world, join(world, 'compiled')]) chmodSync(folder, 0o1777);
  for (const tool of ['netstat', 'lsof', 'ps'] as const) {
    writeFileSync(join(world, 'bin', tool), program(tool, world), { mode: 0o755 });
  }
  for (const name of readdirSync(SBIN)) {
    if (name === 'netstat' || name === 'lsof') continue;
    symlinkSync(elsewhere(join(SBIN, name), world), join(world, 'sbin', name));
  }
  for (const tool of ['netstat', 'lsof']) symlinkSync(join(world, 'bin', tool), join(world, 'sbin', tool));
  const calls = join(world, 'calls');
  for (const notes of [calls, join(world, 'locks')]) {
    writeFileSync(notes, '');
    chmodSync(notes, 0o666);
  }
  const mac: Mac = {
    tools: { netstat: join(world, 'bin/netstat'), lsof: join(world, 'bin/lsof'), ps: join(world, 'bin/ps') },
    wrap: (command) => ['unshare', '-m', 'sh', '-c', MOUNT, 'as-mac', world, ...command],
    env: { NODE_OPTIONS: `--require=${PRELOAD}`, MAC_STANDIN_VERSION: settings.version ?? '26.3' },
    set: (next) => {
      writeFileSync(join(world, 'settings.new'), settingsText(next));
      renameSync(join(world, 'settings.new'), join(world, 'settings'));
    },
    calls: () => readFileSync(calls, 'utf8').split('\n').slice(0, -1).map(toCall),
    forgetCalls: () => writeFileSync(calls, ''),
    close: () => rmSync(world, { recursive: true, force: true, maxRetries: 3 }),
  };
  mac.set(settings);
  return mac;
}

/** A command as on a Mac, and the environment that it needs besides its own. */
export function asMac(
  command: readonly string[],
  settings: MacSettings = {},
): { mac: Mac; command: string[]; env: Readonly<Record<string, string>> } {
  const mac = openMac(settings);
  return { mac, command: mac.wrap(command), env: mac.env };
}

/** Isolated and without site packages: Python starts in a third of its usual time, and the caller's environment cannot change it. */
function program(tool: AppleTool, world: string): string {
  return `#!${realpathSync(pythonExecutable())} -IS
import sys
sys.pycache_prefix = ${JSON.stringify(join(world, 'compiled'))}
sys.path.insert(0, ${JSON.stringify(join(HERE, 'tools'))})
from standin import Settings
from ${tool} import main
sys.exit(main(Settings(${JSON.stringify(world)})))
`;
}

/** Where a program of the covered folder is reached: a relative link would be wrong from the other folder. */
function elsewhere(path: string, world: string): string {
  try {
    const real = realpathSync(path);
    return dirname(real) === SBIN ? join(world, 'real-sbin', basename(real)) : real;
  } catch {
    return join(world, 'real-sbin', basename(path));
  }
}

function settingsText(settings: MacSettings): string {
  const { version, uid, delays = {}, hanging = [], netstatSees, deadMounts, lsofComplaint, restricted } = settings;
  const values: Record<string, string | number | undefined> = {
    calls: 1,
    version,
    uid,
    netstat_sees: netstatSees,
    dead_mounts: deadMounts?.join(','),
    lsof_complaint: lsofComplaint,
    restricted: restricted?.join(','),
  };
  for (const [tool, seconds] of Object.entries(delays)) values[`${tool}_delay`] = seconds;
  for (const tool of hanging) values[`${tool}_hang`] = 1;
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function toCall(line: string): ToolCall {
  const [tool, ...args] = line.split('\t');
  return { tool: tool as AppleTool, args };
}
