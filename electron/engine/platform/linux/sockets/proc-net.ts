import { readFile } from 'node:fs/promises';
import type { Result } from '../../../../../shared/result.ts';
import { failure, success } from '../../../../../shared/result.ts';
import type { Problem } from '../../../../../shared/snapshot.ts';
import type { TcpRow } from '../../types.ts';
import { parseProcNetTcp } from './proc-net-parse.ts';

/** Every row of `tcp` and `tcp6` in the directory (`/proc/net`). Starts no process, but reads the whole table. */
export async function readProcNet(directory: string): Promise<Result<TcpRow[], Problem>> {
  // In parallel: the kernel walks its whole hash table for each, however few sockets there are.
  const [four, six] = await Promise.all([readRows(`${directory}/tcp`, false), readRows(`${directory}/tcp6`, true)]);
  if (!four.ok) return four;
  return six.ok ? success(four.value.concat(six.value)) : six;
}

/** The rows of one file; none if a file that may be missing is (a kernel without IPv6 has no tcp6). */
async function readRows(path: string, mayBeMissing: boolean): Promise<Result<TcpRow[], Problem>> {
  try {
    const { rows, unreadable } = parseProcNetTcp(await readFile(path, 'utf8'));
    if (unreadable === 0) return success(rows);
    const hint = `${path} has ${unreadable} lines of an unknown form; install iproute2 so that ss can be used`;
    return failure({ code: 'output-unreadable', tool: path, hint });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (mayBeMissing && code === 'ENOENT') return success([]);
    const hint = `${path} cannot be read (${code}); check that /proc is mounted`;
    return failure({ code: code === 'EACCES' ? 'not-permitted' : 'tool-failed', tool: path, hint });
  }
}
