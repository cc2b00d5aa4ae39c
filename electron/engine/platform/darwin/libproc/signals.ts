import type { Result } from '../../../../../shared/result.ts';
import { failure, success } from '../../../../../shared/result.ts';
import type { Sender } from '../../process/target.ts';
import { killSender, outcomeOf } from '../../process/target.ts';
import type { Signal, SignalOutcome } from '../../types.ts';
import type { LibprocCalls } from './calls.ts';
import { EPERM, ESRCH } from './calls.ts';
import type { UniqueInfo } from './process-structs.ts';
import { readUniqueInfo } from './read.ts';

const SIGNAL_NUMBERS: Readonly<Record<Signal, number>> = { SIGKILL: 9, SIGTERM: 15 };

/** An audit_token_t is 8 words; the kernel finds a process by these two of them (proc_find_audit_token in bsd/kern/kern_proc.c). */
const TOKEN_BYTES = 32;
const PID_OFFSET = 5 * 4;
const VERSION_OFFSET = 7 * 4;

/**
 * A grip on the process that has the pid now: from macOS 14.2 on the kernel itself compares the pid's version when the signal is sent,
 * so that neither a reused pid nor a program that was started in the process meanwhile can be hit. kill(2) by pid before that.
 */
export function openByToken(calls: LibprocCalls, pid: number): Result<Sender, SignalOutcome> {
  const { signalByToken } = calls;
  if (signalByToken === null) return success(killSender(pid));
  const look = readUniqueInfo(calls, pid);
  if (look.kind === 'gone') return failure({ kind: 'gone' });
  if (look.kind === 'hidden') return failure({ kind: 'not-permitted' });
  if (look.kind === 'odd') return failure({ kind: 'failed', detail: look.detail });
  const meant = look.value;
  const token = Buffer.alloc(TOKEN_BYTES);
  token.writeInt32LE(pid, PID_OFFSET);
  token.writeInt32LE(meant.version, VERSION_OFFSET);
  return success({
    send: (signal) => {
      const errno = signalByToken(token, SIGNAL_NUMBERS[signal]);
      if (errno === 0) return { kind: 'sent' };
      if (errno === ESRCH) return whyNotFound(calls, pid, meant);
      return outcomeOf(errno === EPERM ? 'EPERM' : `errno ${errno}`);
    },
    close: () => {},
  });
}

/** The kernel says the same of a process that has ended, of another one with its pid, and of one that became another program. */
function whyNotFound(calls: LibprocCalls, pid: number, meant: UniqueInfo): SignalOutcome {
  const look = readUniqueInfo(calls, pid);
  if (look.kind !== 'seen') return look.kind === 'gone' ? { kind: 'gone' } : { kind: 'failed', detail: 'ESRCH' };
  const { uniqueId, version } = look.value;
  // The same and not found: a corpse.
  return uniqueId === meant.uniqueId && version === meant.version ? { kind: 'gone' } : { kind: 'replaced' };
}
