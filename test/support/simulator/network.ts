import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/** Why there are no network namespaces here, as the reason for a skipped test; `null` where they work (Linux, as root). */
export const noNetworkNamespaces: string | null = (() => {
  if (process.platform !== 'linux') return 'needs Linux network namespaces';
  if (process.getuid?.() !== 0) return 'needs root, for a network namespace';
  const [file = '', ...args] = inNetworkNamespace(['true']);
  return spawnSync(file, args, { timeout: 10_000 }).status === 0
    ? null
    : 'needs unshare and ip, for a network namespace';
})();

/**
 * The same command in a private network, in which only loopback is up: there it may use the real ports 7497, 7496,
 * 4002 and 4001. Linux, as root. The command keeps the pid that is started.
 */
export function inNetworkNamespace(command: readonly string[]): string[] {
  return ['unshare', '-n', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...command];
}

/** A network in which commands run and whose socket table can be read. */
export interface Network {
  /** The command that runs `command` inside; it keeps the pid that is started. `uid` runs it as another user. */
  wrap(command: readonly string[], uid?: number): string[];
  /** Folder of the tables `tcp` and `tcp6` (Linux). */
  readonly tables: string;
  /** The process that keeps a private network alive. */
  readonly keeper: number | null;
  close(): void;
}

/** The machine's own network. */
export const hostNetwork: Network = {
  wrap: (command) => [...command],
  tables: '/proc/self/net',
  keeper: null,
  close: () => undefined,
};

/** Opens a private network that several processes can share; Linux, as root (see {@link noNetworkNamespaces}). */
export async function openPrivateNetwork(): Promise<Network> {
  const [file = '', ...args] = inNetworkNamespace(['sh', '-c', 'echo up; exec cat']);
  // It lives as long as its stdin: it cannot outlive the test process.
  const keeper: ChildProcess = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const up = await Promise.race([
    keeper.stdout ? once(keeper.stdout, 'data') : null,
    once(keeper, 'exit').then(() => null),
  ]);
  if (!up) throw new Error('No private network: unshare -n failed.');
  const pid = String(keeper.pid);
  return {
    wrap: (command, uid) => {
      const user = uid === undefined ? [] : ['-S', String(uid), '-G', String(uid)];
      return ['nsenter', '-t', pid, '-n', ...user, '--', ...command];
    },
    tables: `/proc/${pid}/net`,
    keeper: keeper.pid ?? null,
    close: () => void keeper.kill('SIGKILL'),
  };
}

/** The address of the other machine, seen from the private network (RFC 5737). */
export const FOREIGN_HOST = '198.51.100.2';

/** Connects two private networks: `there` is at {@link FOREIGN_HOST}, which is not an address of `here`. */
export function connectNetworks(here: Network, there: Network): void {
  const steps = [
    here.wrap(['ip', 'link', 'add', 'cable0', 'type', 'veth', 'peer', 'name', 'cable1', 'netns', String(there.keeper)]),
    here.wrap(['ip', 'address', 'add', '198.51.100.1/24', 'dev', 'cable0']),
    here.wrap(['ip', 'link', 'set', 'cable0', 'up']),
    there.wrap(['ip', 'address', 'add', `${FOREIGN_HOST}/24`, 'dev', 'cable1']),
    there.wrap(['ip', 'link', 'set', 'cable1', 'up']),
  ];
  for (const [file = '', ...args] of steps) {
    const step = spawnSync(file, args, { encoding: 'utf8', timeout: 10_000 });
    if (step.status !== 0) throw new Error(`${args.join(' ')}: ${step.stderr}`);
  }
}
