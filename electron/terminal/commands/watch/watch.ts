import type { Snapshot } from '../../../../shared/snapshot.ts';
import type { Engine } from '../../../engine/api.ts';
import { withEngine } from '../../engines.ts';
import { parseInterval, parsePort } from '../../kit/arguments.ts';
import { addCommand, type Register } from '../../kit/command.ts';
import type { Io } from '../../screen/io.ts';
import { jsonLine } from '../../screen/text.ts';
import { changeLine } from './change-line.ts';
import { sameState } from './same-state.ts';
import { watchOnScreen } from './screen.ts';
import type { Viewer } from './viewer.ts';

interface WatchOptions {
  port?: number[];
  interval?: number;
  json?: boolean;
}

/** A viewer that writes a line for the first scan and for every change; ages and times alone do not count as one. */
function watchInLines(io: Io, lineOf: (snapshot: Snapshot) => void): Viewer {
  let last: Snapshot | null = null;
  const { promise, stop } = untilInterrupted(io);
  return {
    show: (snapshot) => {
      if (last !== null && sameState(last, snapshot)) return;
      last = snapshot;
      lineOf(snapshot);
    },
    closed: promise,
    close: stop,
  };
}

function untilInterrupted(io: Io): { promise: Promise<void>; stop: () => void } {
  let stop: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => {
    stop = io.onInterrupt(resolve);
  });
  return { promise, stop };
}

function viewerFor(io: Io, json: boolean): Viewer {
  if (json) return watchInLines(io, (snapshot) => io.out.write(`${jsonLine(snapshot)}\n`));
  if (io.out.isTTY) return watchOnScreen(io);
  return watchInLines(io, (snapshot) => io.out.lines([changeLine(snapshot)]));
}

/** `sexton watch`: the live view. It never cleans. */
export const registerWatch: Register = (program, context) => {
  addCommand(program, {
    name: 'watch',
    summary: 'watch the ports live until Ctrl-C',
    details: [
      'Read-only: it never cleans and never connects to a port. On a terminal, it is a live view. Into a file or pipe, it writes a line for each change; ages and times alone do not count as one.',
      'Exit code: 0.',
    ],
    examples: [
      ['sexton watch', 'live view of all watched ports'],
      ['sexton watch --port 4002 --interval 1', 'one port, a scan every second'],
      ['sexton watch --json', 'a snapshot per line, for each change'],
    ],
  })
    .option('--port <port>', 'show only this port; may be repeated', parsePort)
    .option('--interval <seconds>', 'time between two scans, at least 0.5', parseInterval)
    .option('--json', 'print snapshots as JSON, one per line, and nothing else')
    .action(({ port = [], interval, json = false }: WatchOptions) => {
      const flags = { ports: port, ...(interval === undefined ? {} : { intervalMs: interval }) };
      return withEngine(context, flags, async ({ engine }) => {
        await watch(engine, viewerFor(context.io, json));
        return 0;
      });
    });
};

/** Shows the first snapshot and every later one until the viewer is closed. */
async function watch(engine: Engine, viewer: Viewer): Promise<void> {
  try {
    await engine.start();
    viewer.show(engine.snapshot());
    const unsubscribe = engine.subscribe((next) => viewer.show(next));
    await viewer.closed;
    unsubscribe();
  } finally {
    viewer.close();
  }
}
