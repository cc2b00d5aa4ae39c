import { closeSync, openSync, readSync } from 'node:fs';
import type { Result } from '../../../../../shared/result.ts';
import { failure, success } from '../../../../../shared/result.ts';
import type { Problem } from '../../../../../shared/snapshot.ts';
import type { TcpRow } from '../../types.ts';
import { readHeldSockets } from './held.ts';
import { parseProcNetTcp } from './proc-net-parse.ts';
import type { SsTables } from './ss.ts';

/** About one line of /proc/net/tcp: for a larger read, the kernel would find the next connections before it answers. */
const CHUNK_BYTES = 160;

/**
 * The TCP ports that these processes listen on: the kernel's listeners that are among their descriptors. Needs no
 * `lsof`, which would read every process of the machine a second time.
 */
export async function readLinuxListeningPorts(
  { ss, procNet }: { ss: Pick<SsTables, 'listeners'>; procNet: string },
  pids: readonly number[],
): Promise<Result<number[], Problem>> {
  if (pids.length === 0) return success([]);
  const rows = readListeners(procNet);
  const listed = rows === null ? await ss.listeners() : success({ rows, silent: false });
  if (!listed.ok) return listed;
  if (listed.value.silent) {
    const hint = 'ss says nothing, and /proc/net/tcp cannot be read; check the ss program, and that /proc is mounted';
    return failure({ code: 'tool-failed', tool: 'ss', hint });
  }
  const held = new Set(pids.flatMap((pid) => [...readHeldSockets(pid).inodes]));
  const ports = listed.value.rows.flatMap(({ state, inode, local }) =>
    state === 'LISTEN' && inode !== null && held.has(inode) ? [local.port] : [],
  );
  return success([...new Set(ports)].sort((one, other) => one - other));
}

/** Every listener, IPv4 and IPv6; `null` when they cannot be read. */
function readListeners(procNet: string): TcpRow[] | null {
  const four = readFirstRows(`${procNet}/tcp`);
  const six = readFirstRows(`${procNet}/tcp6`);
  // A kernel without IPv6 has no tcp6.
  return four === null || four === 'missing' || six === null ? null : four.concat(six === 'missing' ? [] : six);
}

/**
 * The rows of a table up to the first that is no listener: the kernel lists all listeners first (its documentation,
 * networking/proc_net_tcp), and reading the connections is the slow part.
 */
function readFirstRows(path: string): TcpRow[] | 'missing' | null {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'missing' : null;
  }
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const found: TcpRow[] = [];
    let rest = '';
    for (;;) {
      const bytes = readSync(file, chunk, 0, CHUNK_BYTES, null);
      const text = rest + chunk.toString('latin1', 0, bytes);
      const end = bytes === 0 ? text.length : text.lastIndexOf('\n') + 1;
      rest = text.slice(end);
      const { rows, unreadable } = parseProcNetTcp(text.slice(0, end));
      if (unreadable > 0) return null;
      found.push(...rows);
      if (bytes === 0 || rows.some(({ state }) => state !== 'LISTEN')) return found;
    }
  } catch {
    return null;
  } finally {
    closeSync(file);
  }
}
