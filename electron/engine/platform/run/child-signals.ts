import { closeSync, openSync, readFileSync } from 'node:fs';
import { serial } from '../../serial.ts';
import type { StartedCommand } from './child.ts';
import { type SignalWitness, startSignalWitness } from './signal-witness.ts';

/** Signals that ask a command to end; after one of them no further attempt is wanted. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
const OTHERS = ['SIGUSR1', 'SIGUSR2'] as const;
/** A terminal sends these to every process of the foreground group, including the command. */
const FROM_KEYBOARD: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT']);

/** Forwards the signals that this process receives to the command it runs, and records whether one of them asked to stop. */
export interface SignalRelay {
  /** Aborted by the first signal that asks to stop; its reason is the signal's name. */
  readonly stopped: AbortSignal;
  /** Forwards signals to this command from now on; `null` when it has ended. */
  attach(command: StartedCommand | null): void;
  close(): void;
}

/**
 * Handles this process's signals until it is closed. The terminal sends keyboard signals to the command too, so SIGINT
 * and SIGQUIT are forwarded only when they came to this process alone (`kill -INT`): a bot gets each exactly once. The
 * command stays in our process group, because only the terminal's foreground group may read from it.
 */
export function relaySignals(witness: SignalWitness | null = onTerminal() ? startSignalWitness() : null): SignalRelay {
  const stopping = new AbortController();
  let current: StartedCommand | null = null;
  // One signal after the other: each question to the witness is about one signal.
  const inTurn = serial();
  const fromKeyboard = async (signal: NodeJS.Signals): Promise<void> => {
    const command = current;
    const alongside = command !== null && isInOurGroup(command.pid);
    const shared = await witness?.sharedLastSignal();
    if (shared !== true || !alongside) command?.signal(signal);
  };
  const listeners = [...ENDING, ...OTHERS].map((signal) => {
    const listener = () => {
      if (witness !== null && FROM_KEYBOARD.has(signal)) void inTurn(() => fromKeyboard(signal));
      else current?.signal(signal);
      if ((ENDING as readonly NodeJS.Signals[]).includes(signal) && !stopping.signal.aborted) stopping.abort(signal);
    };
    process.on(signal, listener);
    return { signal, listener };
  });
  return {
    stopped: stopping.signal,
    attach: (command) => {
      current = command;
    },
    close: () => {
      for (const { signal, listener } of listeners) process.off(signal, listener);
      witness?.close();
    },
  };
}

/**
 * A command may have left our process group (`setsid`); then the terminal does not reach it. Where /proc cannot say, it
 * is assumed to be in the group.
 */
function isInOurGroup(pid: number): boolean {
  try {
    return groupOf(pid) === groupOf('self');
  } catch {
    return true;
  }
}

/** The process group in /proc/PID/stat: the third field after the name, which may contain blanks and parentheses. */
function groupOf(pid: number | 'self'): string | undefined {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[2];
}

/** Does this process have a controlling terminal? Its standard streams may all be redirected. */
function onTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}

/** The name of the signal that stopped a relay. */
export function stoppedBy(stopped: AbortSignal): NodeJS.Signals {
  return stopped.reason as NodeJS.Signals;
}
