import { parseDuration } from '../../../../shared/duration.ts';
import { historyCsv, historyJson } from '../../../engine/record/history/export.ts';
import { withEngine } from '../../engines.ts';
import { addCommand, type Register } from '../../kit/command.ts';
import { UsageError } from '../../kit/usage-error.ts';
import { harmlessJson } from '../../screen/text.ts';
import { historyLines } from './view.ts';

interface HistoryOptions {
  since?: number;
  json?: true;
  csv?: true;
}

const DAY_MS = 86_400_000;
/** How far back the history goes. */
const WEEK_MS = 7 * DAY_MS;

function parseSince(text: string): number {
  const parsed = parseDuration(text, { maxMs: WEEK_MS });
  if (!parsed.ok) throw new UsageError('--since', null, parsed.error);
  return parsed.value;
}

/** `sexton history`: what Sexton saw and did. */
export const registerHistory: Register = (program, context) => {
  addCommand(program, {
    name: 'history',
    summary: 'show what Sexton saw and did',
    details: ['The app records what it sees while it runs; commands record what they do.', 'Exit code: 0.'],
    examples: [
      ['sexton history', 'the last 24 hours'],
      ['sexton history --since 2h', 'the last 2 hours'],
      ['sexton history --since 7d --csv', "a week's counts, for a spreadsheet"],
      ['sexton history --json', 'counts and events, for scripts'],
    ],
  })
    .option('--since <duration>', 'how far back: a number with s, m, h or d, up to 7d (default: 24h)', parseSince)
    .option('--json', 'print counts and events as JSON, and nothing else')
    .option('--csv', 'print the counts as CSV, and nothing else')
    .action(({ since = DAY_MS, json, csv }: HistoryOptions) => {
      if (json && csv) throw new UsageError('--csv', null, 'cannot be used together with --json');
      return withEngine(context, { ports: [] }, async ({ history }) => {
        const { out, now } = context.io;
        await history.load();
        const view = await history.view(since);
        if (json) out.write(harmlessJson(historyJson(view)));
        else if (csv) out.write(historyCsv(view));
        else out.lines(historyLines(view, { spanMs: since, now: now() }, out.paper()));
        return 0;
      });
    });
};
