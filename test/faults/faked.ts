import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostNetwork, type Network } from '../support/simulator/index.ts';

/** Why a whole process cannot be given other tools here, as the reason for a skipped test; `null` where it can (Linux, as root). */
export const cannotFake: string | null = (() => {
  if (process.platform !== 'linux') return 'needs Linux mount namespaces';
  if (process.getuid?.() !== 0) return 'needs root, for a mount namespace';
  const tried = spawnSync('unshare', ['-m', 'true'], { timeout: 10_000 });
  return tried.status === 0 ? null : 'needs unshare, for a mount namespace';
})();

/** What a command finds instead of the system's tools: the body of a shell script, or `null` for a missing tool. */
export interface Fakes {
  ss?: string | null;
  lsof?: string | null;
  /** True: `/proc/net` is empty for the command. */
  noProcNet?: boolean;
}

const TOOLS = ['ss', 'lsof'] as const;

/**
 * A machine on which the command runs with these tools, in its own mount namespace, which no other process sees. In a
 * script `$REAL` is the real tool. Its `wrap` is for the `network` of a run; the network is the host's.
 */
export function machineWith(fakes: Fakes, folder: string): Network {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  mkdirSync(join(folder, 'net'), { recursive: true });
  const mounts = ['mount --make-rprivate /'];
  if (fakes.noProcNet) mounts.push(`mount --bind '${join(folder, 'net')}' /proc/$$/net`);
  for (const tool of TOOLS) {
    const body = fakes[tool];
    if (typeof body !== 'string') continue;
    const path = realpathSync(`/usr/bin/${tool}`);
    const real = join(folder, `real-${tool}`);
    const fake = join(folder, `fake-${tool}`);
    copyFileSync(path, real);
    writeFileSync(fake, body === '' ? '' : `#!/bin/sh\nREAL='${real}'\n${body}\n`);
    chmodSync(fake, 0o755);
    mounts.push(`mount --bind '${fake}' '${path}'`);
  }
  const missing = TOOLS.filter((tool) => fakes[tool] === null);
  if (missing.length > 0) {
    const bin = join(folder, 'bin');
    mounts.push(
      `mount --bind /usr/bin '${bin}'`,
      'mount -t tmpfs tmpfs /usr/bin',
      `'${bin}/ln' -s '${bin}'/* /usr/bin/`,
    );
    mounts.push(`'${bin}/rm' ${missing.map((tool) => `/usr/bin/${tool}`).join(' ')}`);
  }
  const script = `${mounts.join(' && ')} && exec "$@"`;
  return { ...hostNetwork, wrap: (command) => ['unshare', '-m', 'sh', '-c', script, 'sh', ...command] };
}
