import type { Result } from '../../../../shared/result.ts';
import { success } from '../../../../shared/result.ts';
import type { Problem } from '../../../../shared/snapshot.ts';
import type { LockSighting } from '../lock/sighting.ts';
import type { Sender } from '../process/target.ts';
import type { SignalOutcome } from '../types.ts';
import { type LibprocCalls, loadLibproc } from './libproc/calls.ts';
import { isLocked } from './libproc/lock.ts';
import { createLibprocProcesses, type LibprocProcesses } from './libproc/processes.ts';
import { openByToken } from './libproc/signals.ts';
import { createLibprocSockets, type LibprocSockets } from './libproc/sockets.ts';

/** Everything that Sexton asks the kernel of macOS itself, without a child process. Whether to believe it is for `trust.ts` to say. */
export interface Libproc {
  processes: LibprocProcesses;
  sockets: LibprocSockets;
  /** A sender that neither a reused pid nor another program in the process can take over, where macOS has it (14.2 and later). */
  openSender(pid: number): Result<Sender, SignalOutcome>;
  /** Whether anybody holds a lock on the file; who does is not told. */
  isLocked(path: string): LockSighting['kind'];
}

/** Loads libproc; a problem where koffi or the library cannot be loaded. */
export async function createLibproc(
  self: { pid: number; uid: number },
  load: () => Promise<Result<LibprocCalls, Problem>> = loadLibproc,
): Promise<Result<Libproc, Problem>> {
  const loaded = await load();
  if (!loaded.ok) return loaded;
  const calls = loaded.value;
  return success({
    processes: createLibprocProcesses(calls, self),
    sockets: createLibprocSockets(calls),
    openSender: (pid) => openByToken(calls, pid),
    isLocked: (path) => isLocked(calls, path),
  });
}
