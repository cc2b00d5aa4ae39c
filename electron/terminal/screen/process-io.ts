import { type Io, outputTo } from './io.ts';

/** The exit code if the output cannot be written (sysexits' EX_IOERR). */
const EXIT_IO = 74;

/** Signals that ask a program to end. */
const INTERRUPTS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The `Io` of a real process. If the reader of its output goes away (EPIPE), the command ends quietly. */
export function processIo(process: NodeJS.Process): Io {
  const interrupted = new Set<() => void>();
  let readerGone = false;
  const interrupt = () => {
    for (const listener of [...interrupted]) listener();
  };
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') {
      process.exitCode = EXIT_IO;
      process.stderr.write(`sexton: cannot write the output (${error.code ?? error.message})\n`);
    }
    readerGone = true;
    interrupt();
  });
  // If stderr itself is gone, there is nowhere to report it.
  process.stderr.on('error', () => undefined);
  return {
    out: outputTo(process.stdout, process.env),
    err: outputTo(process.stderr, process.env),
    // A getter, because accessing stdin opens it, and most commands never read.
    get input() {
      return process.stdin;
    },
    now: () => new Date(),
    onInterrupt: (listener) => {
      if (readerGone) queueMicrotask(listener);
      if (interrupted.size === 0) for (const signal of INTERRUPTS) process.on(signal, interrupt);
      interrupted.add(listener);
      return () => {
        if (!interrupted.delete(listener) || interrupted.size > 0) return;
        for (const signal of INTERRUPTS) process.off(signal, interrupt);
      };
    },
    onExit: (listener) => {
      process.on('exit', listener);
      return () => process.off('exit', listener);
    },
  };
}
