import type { Result } from '../../../../shared/result.ts';
import { failure, success } from '../../../../shared/result.ts';
import type { Identity, ProcessRecord, Signal, SignalOutcome, Target } from '../types.ts';
import { compareIdentity, hasEnded, isSignallable } from './identity.ts';

/** Sends a signal by one of the system's means; the identity was read again just before. */
export interface Sender {
  send(signal: Signal): SignalOutcome;
  close(): void;
}

/** Reads one process now; rejects when it cannot be told whether there is one. */
export type ReadOne = (pid: number) => Promise<ProcessRecord | null> | ProcessRecord | null;

/**
 * Holds the process with this identity. The sender is opened first and the identity read after it, so that the sender
 * is known to refer to the process that was compared.
 */
export async function openTarget(
  identity: Identity,
  readOne: ReadOne,
  open: (pid: number) => Promise<Result<Sender, SignalOutcome>>,
): Promise<Result<Target, SignalOutcome>> {
  if (!isSignallable(identity.pid, process.pid)) {
    return failure({ kind: 'failed', detail: `process ${identity.pid} is never signalled` });
  }
  const opened = await open(identity.pid);
  if (!opened.ok) return opened;
  const sender = opened.value;
  const state = await compare(identity, readOne);
  if (state.kind !== 'same') {
    sender.close();
    return failure(state);
  }

  let closed = false;
  return success({
    identity,
    signal: async (signal, mayStill = () => true) => {
      if (closed) return { kind: 'failed', detail: 'the target was closed' };
      const before = await compare(identity, readOne);
      if (before.kind !== 'same') return before;
      // Another caller may have closed it while the identity was read.
      if (closed) return { kind: 'failed', detail: 'the target was closed' };
      if (!mayStill()) return { kind: 'withheld', detail: 'reading its identity took too long' };
      return sender.send(signal);
    },
    gone: async () => {
      try {
        return hasEnded(identity, await readOne(identity.pid));
      } catch {
        // A process that cannot be read is not known to be gone.
        return false;
      }
    },
    close: () => {
      if (closed) return;
      closed = true;
      sender.close();
    },
  });
}

async function compare(identity: Identity, readOne: ReadOne): Promise<SignalOutcome | { kind: 'same' }> {
  try {
    return { kind: compareIdentity(identity, await readOne(identity.pid)) };
  } catch (error) {
    return { kind: 'failed', detail: error instanceof Error ? error.message : 'the process could not be read' };
  }
}

/** `kill(2)` by pid. The pid could still be reused between the read and this call. */
export function killSender(pid: number): Sender {
  return {
    send: (signal) => {
      try {
        process.kill(pid, signal);
        return { kind: 'sent' };
      } catch (error) {
        return outcomeOf((error as NodeJS.ErrnoException).code ?? 'unknown error');
      }
    },
    close: () => {},
  };
}

/** What an errno of kill(2) or pidfd_send_signal(2) means. */
export function outcomeOf(code: string): SignalOutcome {
  if (code === 'ESRCH') return { kind: 'gone' };
  if (code === 'EPERM') return { kind: 'not-permitted' };
  return { kind: 'failed', detail: code };
}
