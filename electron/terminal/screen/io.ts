import { type Line, type Paper, renderAll, wantsColour } from './paint.ts';

/** A stream for text, with what the views need to know about it. */
export interface Output {
  readonly isTTY: boolean;
  /** The current columns and colours; nothing is cut on a stream that is not a terminal. */
  paper(): Paper;
  /** Rows of the terminal; `Infinity` if it is not one. */
  rows(): number;
  write(text: string): void;
  /** Writes each line with a line break. */
  lines(lines: readonly Line[]): void;
  /** Calls the listener when the terminal changes its size; returns the function that removes it. */
  onResize(listener: () => void): () => void;
}

/** The part of stdin that the commands use. */
export interface Input extends NodeJS.ReadableStream {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
}

/** A command's input, output and clock. */
export interface Io {
  out: Output;
  err: Output;
  input: Input;
  now: () => Date;
  /**
   * Calls the listener on Ctrl-C, on SIGTERM or SIGHUP, and when the reader of our output goes away. Without a listener these
   * end the process as usual. Returns the function that removes the listener.
   */
  onInterrupt(listener: () => void): () => void;
  /** Runs at the very end of the process, even after an uncaught error; returns the function that removes the listener. */
  onExit(listener: () => void): () => void;
}

/** Wraps a stream; `env` decides about colours. */
export function outputTo(stream: NodeJS.WriteStream, env: Readonly<Record<string, string | undefined>>): Output {
  const isTTY = stream.isTTY === true;
  const paper = (): Paper => ({
    columns: isTTY ? Math.max(1, stream.columns || 80) : Number.POSITIVE_INFINITY,
    colour: wantsColour({ isTTY, env }),
  });
  return {
    isTTY,
    paper,
    rows: () => (isTTY ? Math.max(1, stream.rows || 24) : Number.POSITIVE_INFINITY),
    write: (text) => {
      stream.write(text);
    },
    lines: (lines) => {
      if (lines.length > 0) stream.write(`${renderAll(lines, paper()).join('\n')}\n`);
    },
    onResize: (listener) => {
      stream.on('resize', listener);
      return () => stream.off('resize', listener);
    },
  };
}
