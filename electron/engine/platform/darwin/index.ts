import { createSystemFlock } from '../lock/flock.ts';
import { createLockLook } from '../lock/lock-observer.ts';
import { openTarget } from '../process/target.ts';
import type { RunTool } from '../run/command.ts';
import { readAllHoldings, readHoldings, readListeningPorts } from '../sockets/holdings.ts';
import type { Platform } from '../types.ts';
import { DARWIN_FLOCK } from './flock.ts';
import type { loadLibproc } from './libproc/calls.ts';
import { createAskKernel, observeDarwin } from './locks.ts';
import { DARWIN_NOTES } from './notes.ts';
import { createLookIntoFiles } from './open-files.ts';
import { createFindMarked } from './process/marked.ts';
import { createDarwinProcesses } from './process/processes.ts';
import { createDarwinSenders } from './senders.ts';
import { createDarwinTable } from './sockets/table.ts';

export { parseNetstat } from './sockets/netstat-parse.ts';

/**
 * No DNS, no port names, no warnings, as everywhere. `-b`: without it lsof looks at every mount, 15 s for each that does not answer; the
 * sockets it lists are the same.
 */
const LSOF_OPTIONS = ['-nPwb'];

/** macOS: netstat for the table, lsof for the holders, ps and lsof for the processes, audit tokens or kill(2) for the signals. */
export function createDarwin(options: {
  run: RunTool;
  self: Platform['self'];
  /** A test's own libproc. */
  loadLibproc?: typeof loadLibproc;
}): Platform {
  const { run, self } = options;
  const senders = createDarwinSenders(options.loadLibproc);
  const processes = createDarwinProcesses(run, self);
  const askKernel = createAskKernel(options.loadLibproc);
  return {
    desktop: 'darwin',
    confirmsHoldings: false,
    notes: DARWIN_NOTES,
    self,
    readTable: createDarwinTable(run, () => readAllHoldings(run, LSOF_OPTIONS)),
    readHoldings: (ports) => readHoldings(run, ports, LSOF_OPTIONS),
    readListeningPorts: (pids) => readListeningPorts(run, pids, LSOF_OPTIONS),
    readProcesses: () => processes.all(),
    readProcessesOf: (pids) => processes.of(pids),
    readHeldSockets: async () => ({ inodes: new Set(), complete: false }),
    openTarget: (identity) => openTarget(identity, processes.one, senders),
    flock: createSystemFlock(DARWIN_FLOCK),
    lockLook: createLockLook((path) => observeDarwin(path, run, askKernel)),
    lookIntoFiles: createLookIntoFiles(run),
    findMarked: createFindMarked(run),
  };
}
