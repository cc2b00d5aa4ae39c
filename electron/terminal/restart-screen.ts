import type { RestartState } from '../../shared/snapshot.ts';
import type { Io } from './io.ts';
import { LiveScreen } from './live-screen.ts';
import { type Line, type Paper, span } from './paint.ts';
import { type GuideKey, guideLines, keysFor } from './restart-view.ts';
import { spaced } from './snapshot-view.ts';

/** A frame of the guide: heading, steps, keys. */
export function guideFrame(restart: RestartState | null, paper: Pick<Paper, 'columns'>): Line[] {
  const heading: Line = [span('Sexton', 'strong'), span(' · guided restart · each step is seen, not ticked', 'quiet')];
  const keys: Line[] = keysFor(restart).map(([key, , words]) => [
    span(` ${key} `, 'strong'),
    span(` ${words}`, 'plain'),
  ]);
  return spaced([[heading], guideLines(restart, paper), keys]);
}

/** The guide on the screen, until a person chooses something by key. */
export interface GuideScreen {
  show(restart: RestartState | null): void;
  /** Settles with the first key that meant something; Ctrl-C and a request to end leave. */
  readonly chosen: Promise<GuideKey>;
  close(): void;
}

/** Opens the guide's screen; the normal screen is back after `close`. */
export function openGuideScreen(io: Io): GuideScreen {
  const screen = new LiveScreen(io.out);
  const { input } = io;
  let shown: RestartState | null = null;
  let choose: (key: GuideKey) => void = () => undefined;
  const chosen = new Promise<GuideKey>((resolve) => {
    choose = resolve;
  });
  const draw = () => screen.draw(guideFrame(shown, { columns: screen.columns }));
  const onKeys = (typed: Buffer | string) => {
    for (const character of typed.toString().toLowerCase()) {
      if (character === '\u0003') choose('leave');
      const match = keysFor(shown).find(([key]) => key === character);
      if (match) choose(match[1]);
    }
  };
  const restore = () => {
    screen.leave();
    if (input.isTTY) input.setRawMode?.(false);
  };
  const removals = [
    io.onInterrupt(() => choose('leave')),
    io.onExit(restore),
    io.out.onResize(() => {
      screen.refresh();
      draw();
    }),
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
    show: (restart) => {
      shown = restart;
      draw();
    },
    chosen,
    close: () => {
      for (const remove of removals) remove();
      restore();
    },
  };
}
