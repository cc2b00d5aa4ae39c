import { createSystemFlock } from '../lock/flock.ts';
import { createLockLook } from '../lock/lock-observer.ts';
import { openTarget } from '../process/target.ts';
import type { RunTool } from '../run/command.ts';
import { readHoldings } from '../sockets/holdings.ts';
import type { Platform } from '../types.ts';
import { LINUX_FLOCK } from './flock.ts';
import { lookLinux } from './locks.ts';
import { findMarked } from './marked.ts';
import { createLinuxNetworks } from './networks.ts';
import { LINUX_NOTES } from './notes.ts';
import { lookIntoFiles } from './open-files.ts';
import { createLinuxSenders } from './pidfd.ts';
import { createLinuxProcesses } from './processes.ts';
import { readHeldSockets } from './sockets/held.ts';
import { readLinuxListeningPorts } from './sockets/listeners.ts';
import { createSs } from './sockets/ss.ts';
import { createLinuxTable } from './sockets/table.ts';

export { parseProcNetTcp } from './sockets/proc-net-parse.ts';
export { parseSs } from './sockets/ss-parse.ts';

/** Linux: ss or /proc/net for the table, lsof for the holders, /proc for the processes, pidfd for the signals. */
export function createLinux(options: { run: RunTool; procNet: string; self: Platform['self'] }): Platform {
  const { run, procNet } = options;
  const ss = createSs(run);
  const processes = createLinuxProcesses();
  const senders = createLinuxSenders();
  return {
    desktop: 'linux',
    confirmsHoldings: true,
    notes: LINUX_NOTES,
    self: options.self,
    readTable: createLinuxTable({ ss, procNet }),
    readHoldings: (ports) => readHoldings(run, ports),
    readListeningPorts: (pids) => readLinuxListeningPorts({ ss, procNet }, pids),
    readProcesses: () => processes.all(),
    readProcessesOf: (pids) => processes.of(pids),
    readHeldSockets: async (pid) => readHeldSockets(pid),
    networks: createLinuxNetworks(),
    openTarget: (identity) => openTarget(identity, processes.one, senders),
    flock: createSystemFlock(LINUX_FLOCK),
    lockLook: createLockLook(lookLinux),
    lookIntoFiles,
    findMarked,
  };
}
