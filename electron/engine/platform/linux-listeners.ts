import type { Result } from '../../../shared/result.ts';
import { success } from '../../../shared/result.ts';
import type { Problem } from '../../../shared/snapshot.ts';
import { readHeldSockets } from './linux-sockets.ts';
import { readProcNet } from './proc-net-files.ts';
import type { SsTables } from './ss-table.ts';

/**
 * The TCP ports that these processes listen on: the listeners of the kernel's table that are among their descriptors. Needs no
 * `lsof`, which would walk every process of the machine a second time.
 */
export async function readLinuxListeningPorts(
  { ss, procNet }: { ss: Pick<SsTables, 'listeners'>; procNet: string },
  pids: readonly number[],
): Promise<Result<number[], Problem>> {
  if (pids.length === 0) return success([]);
  const listed = await ss.listeners();
  const table = listed.ok && !listed.value.silent ? success(listed.value.rows) : await readProcNet(procNet);
  if (!table.ok) return table;
  const held = new Set(pids.flatMap((pid) => [...readHeldSockets(pid).inodes]));
  const ports = table.value.flatMap(({ state, inode, local }) =>
    state === 'LISTEN' && inode !== null && held.has(inode) ? [local.port] : [],
  );
  return success([...new Set(ports)].sort((one, other) => one - other));
}
