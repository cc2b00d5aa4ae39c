import type { RestartState } from '../../../../shared/snapshot.ts';
import type { Engine } from '../../../engine/api.ts';
import { withEngine } from '../../engines.ts';
import { addCommand, type Register } from '../../kit/command.ts';
import type { Io } from '../../screen/io.ts';
import { paragraph } from '../../screen/paint.ts';
import { openGuideScreen } from './screen.ts';
import { stopBots } from './stop.ts';
import { type GuideKey, guideLine, guideLines, isDone } from './view.ts';

/** `sexton restart`: the guided restart in the terminal; the app shows the same one. */
export const registerRestart: Register = (program, context) => {
  addCommand(program, {
    name: 'restart',
    summary: 'guide you through a restart of the Gateway',
    details: [
      'Follows five steps and moves on when it sees that each is done: bots stopped, Gateway quit, sockets gone, Gateway back, a bot answered. It never stops or starts TWS or the Gateway, and it never connects to a port.',
      'If you have already started a guided restart in the app or in another terminal, it continues here. Without a terminal, it prints a line for each change and ends when the restart is done.',
      'Exit code: 0.',
    ],
    examples: [
      ['sexton restart', 'start a guided restart, or return to it'],
      ['sexton restart | tee restart.log', 'print a line for each change'],
    ],
  }).action(() =>
    withEngine(context, { ports: [] }, async ({ engine }) => {
      engine.setAttention({ panelOpen: true });
      await engine.start();
      await engine.startRestart();
      const { io } = context;
      if (io.out.isTTY && io.input.isTTY) await guideOnScreen(engine, io);
      else await guideInLines(engine, io);
      return 0;
    }),
  );
};

async function guideOnScreen(engine: Engine, io: Io): Promise<void> {
  for (;;) {
    const restart = () => engine.snapshot().restart;
    const key = await nextKey(engine, io);
    if (key === 'leave' || restart() === null) return farewell(restart(), io);
    if (key === 'cancel') {
      await engine.cancelRestart();
      return io.out.lines([guideLine(null)]);
    }
    if (key === 'go-on') await engine.advanceRestart();
    else {
      await stopBots(engine, io);
      await engine.scan();
    }
  }
}

/** Shows the guided restart live until a person presses one of its keys. */
async function nextKey(engine: Engine, io: Io): Promise<GuideKey> {
  const screen = openGuideScreen(io);
  const unsubscribe = engine.subscribe(({ restart }) => screen.show(restart));
  try {
    screen.show(engine.snapshot().restart);
    return await screen.chosen;
  } finally {
    unsubscribe();
    screen.close();
  }
}

/** What stays on the normal screen: the steps done so far, and how to return. */
function farewell(restart: RestartState | null, io: Io): void {
  const paper = io.out.paper();
  io.out.lines(guideLines(restart, paper));
  if (restart === null || isDone(restart)) return;
  io.out.lines(paragraph('The guided restart goes on. Run "sexton restart" to return to it.', 'quiet', paper));
}

/** Writes a line for each change other than the running time, until the guided restart is over or interrupted. */
function guideInLines(engine: Engine, io: Io): Promise<void> {
  let last = '';
  return new Promise((resolve) => {
    const finish = () => {
      unsubscribe();
      remove();
      resolve();
    };
    const show = (restart: RestartState | null) => {
      const line = guideLine(restart);
      const text = line.map((piece) => piece.text).join('');
      const timeless = text.replace(/\d+ s\b/g, '');
      if (timeless !== last) io.out.lines([line]);
      last = timeless;
      if (restart === null || isDone(restart)) finish();
    };
    const unsubscribe = engine.subscribe(({ restart }) => show(restart));
    const remove = io.onInterrupt(finish);
    show(engine.snapshot().restart);
  });
}
