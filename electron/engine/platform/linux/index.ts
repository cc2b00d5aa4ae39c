import { openTarget } from '../process/target.ts';
import type { RunTool } from '../run/command.ts';
import { readHoldings } from '../sockets/holdings.ts';
import type { Platform } from '../types.ts';
import { readLinuxListeningPorts } from './listeners.ts';
import { createLinuxNetworks } from './networks.ts';
import { createLinuxSenders } from './pidfd.ts';
import { createLinuxProcesses } from './processes.ts';
import { readHeldSockets } from './sockets.ts';
import { createSs } from './ss.ts';
import { createLinuxTable } from './table.ts';

export { parseProcNetTcp } from './proc-net-parse.ts';
export { parseSs } from './ss-parse.ts';

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
