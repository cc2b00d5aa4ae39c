import type { FlockWays } from '../lock/flock-backend.ts';
import { WAIT_TOOLS } from '../lock/flock-tools.ts';

/** macOS has no flock(1), and nothing that tells the kind of a lock. */
export const DARWIN_FLOCK: FlockWays = {
  backends: ['koffi', 'perl'],
  waitTools: [WAIT_TOOLS.perl],
  doubt: async () => null,
};
