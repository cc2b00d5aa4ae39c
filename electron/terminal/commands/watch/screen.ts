import type { Snapshot } from '../../../../shared/snapshot.ts';
import { openFullScreen } from '../../screen/full-screen.ts';
import type { Io } from '../../screen/io.ts';
import { type Line, type Paper, span } from '../../screen/paint.ts';
import { snapshotView, spaced } from '../../views/snapshot.ts';
import type { Viewer } from './viewer.ts';

/** How often the ages on the screen are updated, in ms. */
const AGEING_MS = 1_000;

const QUIT_KEYS: ReadonlySet<string> = new Set(['q', 'Q', '\u0003']);

/** A frame of the live view: a heading with the key that quits, then the snapshot. */
export function watchView(snapshot: Snapshot | null, paper: Pick<Paper, 'columns'>, now: Date): Line[] {
  const heading: Line = [span('Sexton', 'strong'), span(' · watching · press q to quit', 'quiet')];
  const body =
    snapshot === null ? [[span('Waiting for the first scan…', 'quiet')]] : snapshotView(snapshot, paper, now);
  return spaced([[heading], body]);
}

/** The live view on a terminal, until q, Ctrl-C or a signal. The last snapshot stays on the normal screen afterwards. */
export function watchOnScreen(io: Io): Viewer {
  let snapshot: Snapshot | null = null;
  let finish: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const screen = openFullScreen(io, {
    lines: (columns) => watchView(snapshot, { columns }, io.now()),
    onKeys: (typed) => {
      if ([...typed].some((key) => QUIT_KEYS.has(key))) finish();
    },
    onInterrupt: () => finish(),
  });
  const timer = setInterval(screen.draw, AGEING_MS);
  return {
    show: (next) => {
      snapshot = next;
      screen.draw();
    },
    closed,
    close: () => {
      clearInterval(timer);
      screen.close();
      if (snapshot !== null) io.out.lines(snapshotView(snapshot, io.out.paper(), io.now()));
    },
  };
}
