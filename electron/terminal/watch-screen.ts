import type { Snapshot } from '../../shared/snapshot.ts';
import type { Io } from './io.ts';
import { LiveScreen } from './live-screen.ts';
import { type Line, type Paper, span } from './paint.ts';
import { snapshotView, spaced } from './snapshot-view.ts';
import type { Viewer } from './viewer.ts';

/** How often the ages on the screen are brought up to date, in ms. */
const AGEING_MS = 1_000;

const QUIT_KEYS: ReadonlySet<string> = new Set(['q', 'Q', '\u0003']);

/** A frame of the live view: what quits, then the snapshot. */
export function watchView(snapshot: Snapshot | null, paper: Pick<Paper, 'columns'>, now: Date): Line[] {
  const heading: Line = [span('Sexton', 'strong'), span(' · watching · q quits', 'quiet')];
  const body = snapshot === null ? [[span('Taking the first look…', 'quiet')]] : snapshotView(snapshot, paper, now);
  return spaced([[heading], body]);
}

/** The live view on a terminal, until q, Ctrl-C or a signal. The last look stays on the normal screen afterwards. */
export function watchOnScreen(io: Io): Viewer {
  const screen = new LiveScreen(io.out);
  const { input } = io;
  let snapshot: Snapshot | null = null;
  let finish: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const draw = () => screen.draw(watchView(snapshot, { columns: screen.columns }, io.now()));
  const onKeys = (keys: Buffer | string) => {
    if ([...keys.toString()].some((key) => QUIT_KEYS.has(key))) finish();
  };
  const restore = () => {
    screen.leave();
    if (input.isTTY) input.setRawMode?.(false);
  };
  const timer = setInterval(draw, AGEING_MS);
  const removals = [
    io.onInterrupt(finish),
    io.onExit(restore),
    io.out.onResize(() => {
      screen.refresh();
      draw();
    }),
    () => clearInterval(timer),
  ];
  if (input.isTTY) {
    input.setRawMode?.(true);
    input.on('data', onKeys);
    input.resume();
    removals.push(() => {
      input.off('data', onKeys);
      input.pause();
    });
  }
  screen.enter();
  draw();
  return {
    show: (next) => {
      snapshot = next;
      draw();
    },
    closed,
    close: () => {
      for (const remove of removals) remove();
      restore();
      if (snapshot !== null) io.out.lines(snapshotView(snapshot, io.out.paper(), io.now()));
    },
  };
}
