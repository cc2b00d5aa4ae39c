import { type Io, outputTo } from './io.ts';

/** The exit code of output that could not be written (sysexits' EX_IOERR). */
const EXIT_IO = 74;

/** The polite ways to end a program from outside. */
const INTERRUPTS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The surroundings of a real process. Output whose reader went away (EPIPE) ends the command quietly. */
export function processIo(process: NodeJS.Process): Io {
  const interrupted = new Set<() => void>();
  let readerGone = false;
  const interrupt = () => {
    for (const listener of [...interrupted]) listener();
  };
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') {
      process.exitCode = EXIT_IO;
      process.stderr.write(`sexton: the output could not be written (${error.code ?? error.message})\n`);
    }
    readerGone = true;
    interrupt();
  });
  // Nobody is left to be told that stderr itself is gone.
  process.stderr.on('error', () => undefined);
  return {
    out: outputTo(process.stdout, process.env),
    err: outputTo(process.stderr, process.env),
    // A getter, because touching stdin opens it, and most commands never read.
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
