import { join } from 'node:path';
import type { UserSession } from '../session.ts';

/** `~/Library/Application Support/Sexton` for settings and state, `~/Library/Logs/Sexton` for logs. */
export const DARWIN_SESSION: UserSession = {
  directories: (home) => {
    const support = join(home, 'Library', 'Application Support', 'Sexton');
    return { config: support, state: support, logs: join(home, 'Library', 'Logs', 'Sexton') };
  },
  noDisplayReason: (environment) => (environment.SSH_CONNECTION ? 'this is an SSH session without a screen' : null),
};
