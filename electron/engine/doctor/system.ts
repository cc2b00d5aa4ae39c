import { existsSync } from 'node:fs';
import os from 'node:os';
import process from 'node:process';
import type { DoctorCheck } from '../../../shared/doctor.ts';
import { broken, careful, check, type Finding, fine } from './check.ts';

/** Facts about this machine. */
export interface SystemFacts {
  kind: 'linux' | 'darwin';
  /** The kernel's release: `6.1.0`, `24.5.0`. */
  release: string;
  architecture: string;
  node: string;
  /** Null outside the app. */
  electron: string | null;
  uid: number;
  inContainer: boolean;
}

/** Reads the facts. */
export function systemFacts(kind: 'linux' | 'darwin', uid: number): SystemFacts {
  return {
    kind,
    release: os.release(),
    architecture: os.arch(),
    node: process.versions.node,
    electron: process.versions.electron ?? null,
    uid,
    inContainer: existsSync('/.dockerenv') || existsSync('/run/.containerenv'),
  };
}

/** Darwin 20 to 24 are macOS 11 to 15; from 25 on the number follows the year (macOS 26). */
export function systemName({ kind, release }: Pick<SystemFacts, 'kind' | 'release'>): string {
  if (kind === 'linux') return `Linux ${release}`;
  const major = Number.parseInt(release, 10);
  return `macOS ${major >= 25 ? major + 1 : major - 9} (Darwin ${release})`;
}

/** The check of the operating system. */
export function systemCheck(facts: SystemFacts): DoctorCheck {
  return check('system', 'System', systemFinding(facts));
}

function systemFinding(facts: SystemFacts): Finding {
  const runtime = facts.electron === null ? `Node ${facts.node}` : `Electron ${facts.electron}, Node ${facts.node}`;
  const words = `${systemName(facts)} · ${facts.architecture} · ${runtime}`;
  const [major = 0, minor = 0] = facts.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 11)) {
    return broken(`${words}. Sexton needs Node 20.11 or newer.`, 'nvm install --lts');
  }
  const [kernel = 0, patch = 0] = facts.release.split('.').map(Number);
  if (facts.kind === 'linux' && (kernel < 5 || (kernel === 5 && patch < 3))) {
    const detail = `${words}. Kernels before 5.3 cannot pin a process, so Sexton checks only pid and start time before a signal.`;
    return careful(detail, null);
  }
  return fine(words);
}

/** The checks of what Sexton can see as this user, and in this container. */
export function privilegeChecks({ uid, inContainer }: SystemFacts, home: string): DoctorCheck[] {
  const user =
    uid === 0
      ? careful(
          `Sexton runs as root, with the settings in ${home}. It sees the bots of other users, but never signals them.`,
          null,
        )
      : fine(
          `Sexton runs as user ${uid}. It counts the connections of other users, but only root can see which processes hold them.`,
        );
  const container = inContainer
    ? careful(
        'Sexton runs in a container and sees only the network and the processes of that container.',
        'Run it on the host, or start the container with: --network host --pid host',
      )
    : null;
  return [check('user', 'User', user), ...(container === null ? [] : [check('container', 'Container', container)])];
}
