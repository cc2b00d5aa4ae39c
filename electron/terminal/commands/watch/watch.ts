import type { Snapshot } from '../../../../shared/snapshot.ts';
import type { Engine } from '../../../engine/api.ts';
import { withEngine } from '../../engines.ts';
import { parseInterval, parsePort } from '../../kit/arguments.ts';
import { addCommand, type Register } from '../../kit/command.ts';
import type { Io } from '../../screen/io.ts';
import { jsonLine } from '../../screen/text.ts';
import { changeLine } from './change-line.ts';
import { sameButForTime } from './same-but-for-time.ts';
import { watchOnScreen } from './screen.ts';
import type { Viewer } from './viewer.ts';

interface WatchOptions {
  port?: number[];
  interval?: number;
  json?: boolean;
}

/** A viewer that writes a line for the first look and one for every change; ages and times alone are no change. */
function watchInLines(io: Io, lineOf: (snapshot: Snapshot) => void): Viewer {
  let last: Snapshot | null = null;
  const { promise, stop } = untilInterrupted(io);
  return {
    show: (snapshot) => {
      if (last !== null && sameButForTime(last, snapshot)) return;
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

/** `sexton watch`: the live view. It only looks and never cleans. */
export const registerWatch: Register = (program, context) => {
  addCommand(program, {
    name: 'watch',
    summary: 'watch live until Ctrl-C',
    details: [
      'Only looks: it never cleans and never connects to a port. On a terminal it is a live view; into a file or pipe it writes a line per change, where a change of ages and times alone is none.',
      'Exit code: 0.',
    ],
    examples: [
      ['sexton watch', 'the live view of all watched ports'],
      ['sexton watch --port 4002 --interval 1', 'one port, a look every second'],
      ['sexton watch --json', 'one snapshot a line: the first look, then every change'],
    ],
  })
    .option('--port <port>', 'show only this port; may be repeated', parsePort)
    .option('--interval <seconds>', 'time between two looks, at least 0.5', parseInterval)
    .option('--json', 'print snapshots as JSON, one a line, and nothing else')
    .action(({ port = [], interval, json = false }: WatchOptions) => {
      const flags = { ports: port, ...(interval === undefined ? {} : { intervalMs: interval }) };
      return withEngine(context, flags, async ({ engine }) => {
        await watch(engine, viewerFor(context.io, json));
        return 0;
      });
    });
};

/** Shows the first look and every one after it until the viewer is closed. */
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
