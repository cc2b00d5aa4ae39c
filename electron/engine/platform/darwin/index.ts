import { openTarget } from '../process/target.ts';
import type { RunTool } from '../run/command.ts';
import { readAllHoldings, readHoldings, readListeningPorts } from '../sockets/holdings.ts';
import type { Platform } from '../types.ts';
import type { loadLibproc } from './libproc/calls.ts';
import { createDarwinProcesses } from './processes.ts';
import { createDarwinSenders } from './senders.ts';
import { createDarwinTable } from './table.ts';

export { parseNetstat } from './netstat-parse.ts';

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
  return {
    kind: 'darwin',
    self,
    readTable: createDarwinTable(run, () => readAllHoldings(run, LSOF_OPTIONS)),
    readHoldings: (ports) => readHoldings(run, ports, LSOF_OPTIONS),
    readListeningPorts: (pids) => readListeningPorts(run, pids, LSOF_OPTIONS),
    readProcesses: () => processes.all(),
    readProcessesOf: (pids) => processes.of(pids),
    readHeldSockets: async () => ({ inodes: new Set(), complete: false }),
    openTarget: (identity) => openTarget(identity, processes.one, senders),
  };
}
