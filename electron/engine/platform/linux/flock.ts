import { readFile } from 'node:fs/promises';
import type { FlockWays } from '../lock/flock-backend.ts';
import { WAIT_TOOLS } from '../lock/flock-tools.ts';

/** Linux has util-linux's flock(1), and /proc says which kind of lock a descriptor has. */
export const LINUX_FLOCK: FlockWays = {
  backends: ['koffi', 'flock', 'perl'],
  waitTools: [WAIT_TOOLS.setpriv, WAIT_TOOLS.perl],
  doubt: async (fd) =>
    /^lock:.*\bFLOCK\b/m.test(await readFile(`/proc/self/fdinfo/${fd}`, 'utf8'))
      ? null
      : 'the kernel does not call it a FLOCK',
};
