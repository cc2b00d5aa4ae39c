import type { RunTool } from './command.ts';
import { readHoldings } from './holdings.ts';
import { readLinuxListeningPorts } from './linux-listeners.ts';
import { createLinuxNetworks } from './linux-networks.ts';
import { createLinuxProcesses } from './linux-processes.ts';
import { createLinuxSenders } from './linux-signals.ts';
import { readHeldSockets } from './linux-sockets.ts';
import { createLinuxTable } from './linux-table.ts';
import { createSs } from './ss-table.ts';
import { openTarget } from './target.ts';
import type { Platform } from './types.ts';

export { parseProcNetTcp } from './proc-net.ts';
export { parseSs } from './ss.ts';

/** Linux: ss or /proc/net for the table, lsof for the holders, /proc for the processes, pidfd for the signals. */
export function createLinux(options: { run: RunTool; procNet: string; self: Platform['self'] }): Platform {
  const { run, procNet } = options;
  const ss = createSs(run);
  const processes = createLinuxProcesses();
  const senders = createLinuxSenders();
  return {
    kind: 'linux',
    self: options.self,
    readTable: createLinuxTable({ ss, procNet }),
    readHoldings: (ports) => readHoldings(run, ports),
    readListeningPorts: (pids) => readLinuxListeningPorts({ ss, procNet }, pids),
    readProcesses: () => processes.all(),
    readProcessesOf: (pids) => processes.of(pids),
    readHeldSockets: async (pid) => readHeldSockets(pid),
    networks: createLinuxNetworks(),
    openTarget: (identity) => openTarget(identity, processes.one, senders),
  };
}
