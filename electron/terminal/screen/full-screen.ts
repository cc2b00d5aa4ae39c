import type { Io } from './io.ts';
import { LiveScreen } from './live-screen.ts';
import type { Line } from './paint.ts';

/** A view that fills the terminal until it is closed. */
export interface FullScreen {
  /** Redraws the view; writes nothing if nothing changed. */
  draw(): void;
  /** Restores the normal screen and the keyboard; a second call does nothing. */
  close(): void;
}

/** What a full-screen view shows, and how it reacts. */
export interface FullScreenView {
  /** The lines to show at this width. */
  lines(columns: number): Line[];
  /** Keys as typed, several at once if typed fast. */
  onKeys(typed: string): void;
  /** Ctrl-C, or a signal to end. */
  onInterrupt(): void;
}

/** Takes over the terminal's screen and keyboard, follows its size, and restores both however the process ends. */
export function openFullScreen(io: Io, view: FullScreenView): FullScreen {
  const screen = new LiveScreen(io.out);
  const { input } = io;
  const draw = () => screen.draw(view.lines(screen.columns));
  const onData = (typed: Buffer | string) => view.onKeys(typed.toString());
  const restore = () => {
    screen.leave();
    if (input.isTTY) input.setRawMode?.(false);
  };
  const removals = [
    io.onInterrupt(view.onInterrupt),
    io.onExit(restore),
    io.out.onResize(() => {
      screen.refresh();
      draw();
    }),
  ];
  if (input.isTTY) {
    input.setRawMode?.(true);
    input.on('data', onData);
    input.resume();
    removals.push(() => {
      input.off('data', onData);
      input.pause();
    });
  }
  screen.enter();
  draw();
  return {
    draw,
    close: () => {
      for (const remove of removals) remove();
      restore();
    },
  };
}
