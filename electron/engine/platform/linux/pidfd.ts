import { closeSync } from 'node:fs';
import type { Result } from '../../../../shared/result.ts';
import { failure, success } from '../../../../shared/result.ts';
import type { Sender } from '../process/target.ts';
import { killSender, outcomeOf } from '../process/target.ts';
import type { Signal, SignalOutcome } from '../types.ts';

/** These system calls have the same numbers on every architecture. */
const PIDFD_SEND_SIGNAL = 424;
const PIDFD_OPEN = 434;

const SIGNAL_NUMBERS: Readonly<Record<Signal, number>> = { SIGKILL: 9, SIGTERM: 15 };

/** errno values, by number; these are the same on every Linux architecture. */
const ERRNO: Readonly<Record<number, string>> = { 1: 'EPERM', 3: 'ESRCH', 22: 'EINVAL', 24: 'EMFILE', 38: 'ENOSYS' };

/** The two system calls; negative results are negated errno values. */
export interface PidfdCalls {
  open(pid: number): number;
  send(fd: number, signal: number): number;
}

/** Loads the calls through koffi; `null` where that fails. */
export async function loadPidfd(): Promise<PidfdCalls | null> {
  try {
    const koffi = (await import('koffi')).default;
    const syscall = koffi.load(null).func('long syscall(long number, long a, long b, void *c, long d)');
    const call = (number: number, a: number, b: number): number => {
      const result = Number(syscall(number, a, b, null, 0));
      return result < 0 ? -koffi.errno() : result;
    };
    return {
      open: (pid) => call(PIDFD_OPEN, pid, 0),
      send: (fd, signal) => call(PIDFD_SEND_SIGNAL, fd, signal),
    };
  } catch {
    return null;
  }
}

/**
 * Opens a pidfd, which stays with its process even if the pid is reused. Falls back to kill(2) where the kernel (before
 * 5.3), a sandbox or a missing koffi does not allow it.
 */
export function createLinuxSenders(
  load: () => Promise<PidfdCalls | null> = loadPidfd,
): (pid: number) => Promise<Result<Sender, SignalOutcome>> {
  let loaded: Promise<PidfdCalls | null> | null = null;
  return async (pid) => {
    loaded ??= load();
    const calls = await loaded;
    if (calls === null) return success(killSender(pid));
    const fd = calls.open(pid);
    if (fd < 0) {
      const code = ERRNO[-fd] ?? `errno ${-fd}`;
      // ENOSYS: an old kernel. EPERM: a sandbox; pidfd_open itself needs no permission.
      return code === 'ENOSYS' || code === 'EPERM' ? success(killSender(pid)) : failure(outcomeOf(code));
    }
    return success({
      send: (signal) => {
        const result = calls.send(fd, SIGNAL_NUMBERS[signal]);
        return result < 0 ? outcomeOf(ERRNO[-result] ?? `errno ${-result}`) : { kind: 'sent' };
      },
      close: () => closeSync(fd),
    });
  };
}
