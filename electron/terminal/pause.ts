import { parseDuration } from '../../shared/duration.ts';
import { clockTime } from '../../shared/wording-panel.ts';
import { fileErrorWords } from '../engine/record/file-error.ts';
import { DEFAULT_PAUSE_MS, MAX_PAUSE_MS, openPause } from '../engine/record/pause.ts';
import { addCommand, type Register } from './command.ts';
import type { Context } from './context.ts';
import { span } from './paint.ts';
import { UsageError } from './usage-error.ts';

function durationOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PAUSE_MS;
  const parsed = parseDuration(text, { maxMs: MAX_PAUSE_MS });
  if (!parsed.ok) throw new UsageError('duration', null, parsed.error);
  return parsed.value;
}

async function setPause(durationMs: number, { io, directories, exit }: Context): Promise<void> {
  const set = await openPause(directories.state, io.now).set(durationMs);
  if (!set.ok) {
    io.err.lines([[span(`sexton: not changed. ${fileErrorWords(set.error)}`)]]);
    return exit(1);
  }
  const words =
    set.value === null ? 'Sexton watches again.' : `Sexton is quiet until ${clockTime(set.value.toISOString())}.`;
  io.out.lines([[span(words)]]);
  exit(0);
}

/** `sexton pause`: the app neither looks nor notifies for a while. */
export const registerPause: Register = (program, context) => {
  addCommand(program, {
    name: 'pause',
    summary: 'quiet the app for a while',
    details: ['The app neither looks nor notifies until then.', 'Exit code: 0.'],
    examples: [
      ['sexton pause', 'for 15 minutes'],
      ['sexton pause 1h30m', 'for an hour and a half; a day is the most'],
      ['sexton resume', 'watch again at once'],
    ],
  })
    .argument('[duration]', 'a number with s, m, h or d; 15m when absent')
    .action((duration?: string) => setPause(durationOf(duration), context));
};

/** `sexton resume`: ends a pause. */
export const registerResume: Register = (program, context) => {
  addCommand(program, {
    name: 'resume',
    summary: 'end a pause of the app',
    details: ['Exit code: 0.'],
    examples: [['sexton resume', 'watch again at once']],
  }).action(() => setPause(0, context));
};
