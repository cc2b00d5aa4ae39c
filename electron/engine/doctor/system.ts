import { existsSync } from 'node:fs';
import os from 'node:os';
import process from 'node:process';
import type { DoctorCheck } from '../../../shared/doctor.ts';
import { broken, careful, check, type Finding, fine } from './check.ts';

/** What the machine says of itself. */
export interface SystemFacts {
  kind: 'linux' | 'darwin';
  /** The kernel's release: `6.1.0`, `24.5.0`. */
  release: string;
  architecture: string;
  node: string;
  /** Set in the app alone. */
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

/** The line about the operating system. */
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
    const detail = `${words}. Kernels before 5.3 cannot pin a process, so a signal is checked by pid and start time alone.`;
    return careful(detail, null);
  }
  return fine(words);
}

/** What can be seen as this user, and in this network. */
export function privilegeChecks({ uid, inContainer }: SystemFacts, home: string): DoctorCheck[] {
  const user =
    uid === 0
      ? careful(
          `Sexton runs as root, with the settings in ${home}. The bots of other users are seen, but never signalled.`,
          null,
        )
      : fine(`Sexton runs as user ${uid}. Connections of other users are counted; whose they are only root can see.`);
  const container = inContainer
    ? careful(
        'Sexton runs in a container and sees the network and the processes of that container alone.',
        'Run it on the host, or start the container with: --network host --pid host',
      )
    : null;
  return [check('user', 'User', user), ...(container === null ? [] : [check('container', 'Container', container)])];
}
