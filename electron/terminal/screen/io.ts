import { type Line, type Paper, renderAll, wantsColour } from './paint.ts';

/** Where text goes: a stream with what the views need to know about it. */
export interface Output {
  readonly isTTY: boolean;
  /** Columns and colours as they are now; a stream that is no terminal cuts nothing. */
  paper(): Paper;
  /** Rows of the terminal; `Infinity` where there is none. */
  rows(): number;
  write(text: string): void;
  /** Writes each line with its end. */
  lines(lines: readonly Line[]): void;
  /** Hears of a terminal that changed its size; returns the removal of the listener. */
  onResize(listener: () => void): () => void;
}

/** The keyboard, as far as the commands use it. */
export interface Input extends NodeJS.ReadableStream {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
}

/** A command's surroundings. */
export interface Io {
  out: Output;
  err: Output;
  input: Input;
  now: () => Date;
  /**
   * Hears of Ctrl-C and of polite requests to end (SIGTERM, SIGHUP, a reader of our output that went away); while nobody
   * listens they end the process as usual. Returns the removal of the listener.
   */
  onInterrupt(listener: () => void): () => void;
  /** Runs at the very end of the process, after an uncaught error too; returns the removal. */
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
