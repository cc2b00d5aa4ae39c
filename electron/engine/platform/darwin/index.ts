import { success } from '../../../../shared/result.ts';
import { createSystemFlock } from '../lock/flock.ts';
import { createLockLook } from '../lock/lock-observer.ts';
import { killSender, openTarget } from '../process/target.ts';
import type { RunTool } from '../run/command.ts';
import { readHoldings, readListeningPorts } from '../sockets/holdings.ts';
import type { Platform } from '../types.ts';
import { DARWIN_FLOCK } from './flock.ts';
import { lookDarwin } from './locks.ts';
import { createFindMarked } from './marked.ts';
import { DARWIN_NOTES } from './notes.ts';
import { createLookIntoFiles } from './open-files.ts';
import { createDarwinProcesses } from './processes.ts';
import { createDarwinTable } from './table.ts';

export { parseNetstat } from './netstat-parse.ts';

/** macOS: netstat for the table, lsof for the holders, ps for the processes, kill(2) right after the identity was read. */
export function createDarwin(options: { run: RunTool; self: Platform['self'] }): Platform {
  const { run, self } = options;
  const processes = createDarwinProcesses(run, self.pid);
  const lockLook = createLockLook((path) => lookDarwin(path, run));
  return {
    desktop: 'darwin',
    confirmsHoldings: false,
    notes: DARWIN_NOTES,
    self,
    readTable: createDarwinTable(run),
    readHoldings: (ports) => readHoldings(run, ports),
    readListeningPorts: (pids) => readListeningPorts(run, pids),
    readProcesses: () => processes.all(),
    readProcessesOf: (pids) => processes.of(pids),
    readHeldSockets: async () => ({ inodes: new Set(), complete: false }),
    openTarget: (identity) => openTarget(identity, processes.one, async (pid) => success(killSender(pid))),
    flock: createSystemFlock(DARWIN_FLOCK),
    lockLook,
    lookIntoFiles: createLookIntoFiles(lockLook),
    findMarked: createFindMarked(run),
  };
}
