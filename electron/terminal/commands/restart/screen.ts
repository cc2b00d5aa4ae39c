import type { RestartState } from '../../../../shared/snapshot.ts';
import { openFullScreen } from '../../screen/full-screen.ts';
import type { Io } from '../../screen/io.ts';
import { type Line, type Paper, span } from '../../screen/paint.ts';
import { spaced } from '../../views/snapshot.ts';
import { type GuideKey, guideLines, keysFor } from './view.ts';

/** A frame of the guided restart: heading, steps, keys. */
export function guideFrame(restart: RestartState | null, paper: Pick<Paper, 'columns'>): Line[] {
  const heading: Line = [span('Sexton', 'strong'), span(' · guided restart · Sexton checks each step itself', 'quiet')];
  const keys: Line[] = keysFor(restart).map(([key, , words]) => [
    span(` ${key} `, 'strong'),
    span(` ${words}`, 'plain'),
  ]);
  return spaced([[heading], guideLines(restart, paper), keys]);
}

/** The guided restart on the screen, until a person presses a key. */
export interface GuideScreen {
  show(restart: RestartState | null): void;
  /** Settles with the first valid key; Ctrl-C and a signal to end count as `leave`. */
  readonly chosen: Promise<GuideKey>;
  close(): void;
}

/** Opens the screen; `close` restores the normal one. */
export function openGuideScreen(io: Io): GuideScreen {
  let shown: RestartState | null = null;
  let choose: (key: GuideKey) => void = () => undefined;
  const chosen = new Promise<GuideKey>((resolve) => {
    choose = resolve;
  });
  const screen = openFullScreen(io, {
    lines: (columns) => guideFrame(shown, { columns }),
    onKeys: (typed) => {
      for (const character of typed.toLowerCase()) {
        if (character === '\u0003') choose('leave');
        const match = keysFor(shown).find(([key]) => key === character);
        if (match) choose(match[1]);
      }
    },
    onInterrupt: () => choose('leave'),
  });
  return {
    show: (restart) => {
      shown = restart;
      screen.draw();
    },
    chosen,
    close: screen.close,
  };
}
