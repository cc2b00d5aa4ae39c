import { parseDuration } from '../../../shared/duration.ts';
import { clockTime } from '../../../shared/words/format.ts';
import { fileErrorWords } from '../../engine/record/files/file-error.ts';
import { DEFAULT_PAUSE_MS, MAX_PAUSE_MS } from '../../engine/record/pause.ts';
import type { Context } from '../context.ts';
import { withEngine } from '../engines.ts';
import { addCommand, type Register } from '../kit/command.ts';
import { UsageError } from '../kit/usage-error.ts';
import { span } from '../screen/paint.ts';

function durationOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PAUSE_MS;
  const parsed = parseDuration(text, { maxMs: MAX_PAUSE_MS });
  if (!parsed.ok) throw new UsageError('duration', null, parsed.error);
  return parsed.value;
}

function setPause(durationMs: number, context: Context): Promise<void> {
  const { out, err } = context.io;
  return withEngine(context, { ports: [] }, async ({ engine }) => {
    const set = await engine.pause(durationMs);
    if (!set.ok) {
      err.lines([[span(`sexton: the pause was not changed. ${fileErrorWords(set.error)}`)]]);
      return 1;
    }
    const words =
      set.value === null ? 'Sexton is no longer paused.' : `Sexton is paused until ${clockTime(set.value)}.`;
    out.lines([[span(words)]]);
    return 0;
  });
}

/** `sexton pause`: the app neither scans nor notifies for a while. */
export const registerPause: Register = (program, context) => {
  addCommand(program, {
    name: 'pause',
    summary: 'pause the app for a while',
    details: ['While paused, the app neither scans nor notifies.', 'Exit code: 0.'],
    examples: [
      ['sexton pause', 'for 15 minutes'],
      ['sexton pause 1h30m', 'for an hour and a half'],
      ['sexton resume', 'end the pause now'],
    ],
  })
    .argument('[duration]', 'a number with s, m, h or d, up to 1d (default: 15m)')
    .action((duration?: string) => setPause(durationOf(duration), context));
};

/** `sexton resume`: ends a pause. */
export const registerResume: Register = (program, context) => {
  addCommand(program, {
    name: 'resume',
    summary: 'end a pause',
    details: ['Exit code: 0.'],
    examples: [['sexton resume', 'end the pause now']],
  }).action(() => setPause(0, context));
};
