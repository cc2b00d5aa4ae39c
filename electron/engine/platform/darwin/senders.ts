import { type Result, success } from '../../../../shared/result.ts';
import { killSender, type Sender } from '../process/target.ts';
import type { SignalOutcome } from '../types.ts';
import { loadLibproc } from './libproc/calls.ts';
import { openByToken } from './libproc/signals.ts';

/**
 * A grip on the process that has the pid now, by audit token where macOS has it (14.2 and later), else by pid. The token needs no
 * comparison with lsof first: a version that was read wrongly fits no process, so the kernel sends nothing.
 */
export function createDarwinSenders(
  load: typeof loadLibproc = loadLibproc,
): (pid: number) => Promise<Result<Sender, SignalOutcome>> {
  let loading: ReturnType<typeof loadLibproc> | null = null;
  return async (pid) => {
    loading ??= load();
    const calls = await loading;
    if (!calls.ok) return success(killSender(pid));
    const opened = openByToken(calls.value, pid);
    // The version cannot be read here: what is left is kill(2) right after the identity was read, as without libproc.
    return !opened.ok && opened.error.kind === 'failed' ? success(killSender(pid)) : opened;
  };
}
