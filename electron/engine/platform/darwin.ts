import { success } from '../../../shared/result.ts';
import type { RunTool } from './command.ts';
import { createDarwinProcesses } from './darwin-processes.ts';
import { createDarwinTable } from './darwin-table.ts';
import { readHoldings, readListeningPorts } from './holdings.ts';
import { killSender, openTarget } from './target.ts';
import type { Platform } from './types.ts';

export { parseNetstat } from './netstat.ts';

/** macOS: netstat for the table, lsof for the holders, ps for the processes, kill(2) right after the identity was read. */
export function createDarwin(options: { run: RunTool; self: Platform['self'] }): Platform {
  const { run, self } = options;
  const processes = createDarwinProcesses(run, self.pid);
  return {
    kind: 'darwin',
    self,
    readTable: createDarwinTable(run),
    readHoldings: (ports) => readHoldings(run, ports),
    readListeningPorts: (pids) => readListeningPorts(run, pids),
    readProcesses: () => processes.all(),
    readProcessesOf: (pids) => processes.of(pids),
    readHeldSockets: async () => ({ inodes: new Set(), complete: false }),
    openTarget: (identity) => openTarget(identity, processes.one, async (pid) => success(killSender(pid))),
  };
}
