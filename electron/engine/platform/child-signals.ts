import { isatty } from 'node:tty';
import type { StartedCommand } from './child.ts';

/** Signals that ask a command to end; somebody who sends one wants no further attempt. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
const OTHERS = ['SIGUSR1', 'SIGUSR2'] as const;
/** A terminal sends these to every process of the foreground group, the command included. */
const FROM_KEYBOARD: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT']);

/** Hands the signals that this process gets on to the command it runs, and knows whether one of them asked for the end. */
export interface SignalRelay {
  /** Aborted by the first signal that asks for the end; its reason is the signal's name. */
  readonly stopped: AbortSignal;
  /** From now on signals go to this command; `null` when it has ended. */
  attach(command: StartedCommand | null): void;
  close(): void;
}

/**
 * Takes over this process's signals until it is closed. On a terminal SIGINT and SIGQUIT are not handed on, because the
 * terminal has sent them to the command itself; a bot must not get Ctrl-C twice.
 */
export function relaySignals(onTerminal = [0, 1, 2].some((fd) => isatty(fd))): SignalRelay {
  const stopping = new AbortController();
  let current: StartedCommand | null = null;
  const listeners = [...ENDING, ...OTHERS].map((signal) => {
    const listener = () => {
      if (!(onTerminal && FROM_KEYBOARD.has(signal))) current?.signal(signal);
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
    },
  };
}

/** The name of the signal that stopped a relay. */
export function stoppedBy(stopped: AbortSignal): NodeJS.Signals {
  return stopped.reason as NodeJS.Signals;
}
