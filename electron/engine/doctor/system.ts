import { existsSync } from 'node:fs';
import os from 'node:os';
import process from 'node:process';
import type { DoctorCheck } from '../../../shared/doctor.ts';
import type { Platform } from '../platform/types.ts';
import { broken, careful, check, type Finding, fine } from './check.ts';

/** Facts about this machine. */
export interface SystemFacts {
  /** The system with its release, as people call it. */
  name: string;
  /** What this release lacks, in one sentence. */
  lacks: string | null;
  architecture: string;
  node: string;
  /** Null outside the app. */
  electron: string | null;
  uid: number;
  inContainer: boolean;
}

/** Reads the facts. */
export function systemFacts({ notes, self }: Pick<Platform, 'notes' | 'self'>): SystemFacts {
  const release = os.release();
  return {
    name: notes.name(release),
    lacks: notes.lacks(release),
    architecture: os.arch(),
    node: process.versions.node,
    electron: process.versions.electron ?? null,
    uid: self.uid,
    inContainer: existsSync('/.dockerenv') || existsSync('/run/.containerenv'),
  };
}

/** The line about the operating system. */
export function systemCheck(facts: SystemFacts): DoctorCheck {
  return check('system', 'System', systemFinding(facts));
}

function systemFinding(facts: SystemFacts): Finding {
  const runtime = facts.electron === null ? `Node ${facts.node}` : `Electron ${facts.electron}, Node ${facts.node}`;
  const words = `${facts.name} · ${facts.architecture} · ${runtime}`;
  const [major = 0, minor = 0] = facts.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 11)) {
    return broken(`${words}. Sexton needs Node 20.11 or newer.`, 'nvm install --lts');
  }
  return facts.lacks === null ? fine(words) : careful(`${words}. ${facts.lacks}`, null);
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
