import { renderMetrics } from '../../../electron/engine/record/history/metrics.ts';
import { NO_COUNTS } from '../../../electron/engine/record/journal/counters.ts';
import { SEVEN } from '../../unit/terminal/support.ts';
import { JOURNAL } from './journal.ts';
import { code, GENERATED, page, table } from './markdown.ts';

const INTRO = `Sexton records what it does in a journal that you can hand to a log shipper such as the CloudWatch or DataDog agent, and writes metrics for Prometheus.
Neither contains command lines or credentials.`;

const JOURNAL_INTRO = `\`journal.jsonl\` is in \`~/Library/Logs/Sexton\` (macOS) or \`$XDG_STATE_HOME/sexton\`, usually \`~/.local/state/sexton\` (Linux). Each line is a JSON object
with \`at\` (ISO 8601, UTC), \`event\` and the fields below. The app, guards and commands write to the same file. It is rotated at 5 MB, and five older
files are kept. A planned signal is on disk before the signal is sent.

\`\`\`json
{"at":"2026-03-02T14:02:01.000Z","event":"circuit_breaker_state_change","metric_type":"circuit_breaker_state","state":"open","failure_count":5,"success_count":0,"timestamp":"2026-03-02T14:02:01.000Z","port":4002}
{"at":"2026-03-02T14:02:01.000Z","event":"circuit_breaker_metrics","metric_type":"circuit_breaker_counters","failures":5,"successes":0,"state":"open","port":4002}
\`\`\``;

const METRICS_INTRO = `Set \`metricsPath\` to a file that node_exporter's textfile collector reads. The running app replaces it as a whole, so a collector never reads half of it.
A value that is not known is left out, because 0 would be wrong.`;

/** The page of the journal and the metrics, from the journal's types and the metrics' own help. */
export function telemetryPage(): string {
  return page(
    '# Journal and metrics',
    GENERATED,
    INTRO,
    '## Journal',
    JOURNAL_INTRO,
    ...journalParts(),
    '## Metrics',
    METRICS_INTRO,
    metricsTable(),
  );
}

function journalParts(): string[] {
  return [...new Set(Object.values(JOURNAL))].map(({ events, fields }) =>
    [
      ...Object.entries(events).map(([event, meaning]) => `- ${code(event)}: ${meaning}`),
      '',
      table(
        ['field', 'meaning'],
        Object.entries(fields).map(([field, meaning]) => [code(field), meaning]),
      ),
    ].join('\n'),
  );
}

function metricsTable(): string {
  const lines = renderMetrics(SEVEN, NO_COUNTS).split('\n');
  const rows = lines.flatMap((line) => {
    const [, name, help] = /^# HELP (\S+) (.+)$/.exec(line) ?? [];
    if (name === undefined || help === undefined) return [];
    const type =
      lines
        .find((one) => one.startsWith(`# TYPE ${name} `))
        ?.split(' ')
        .at(-1) ?? '';
    const sample = lines.find((one) => one.startsWith(`${name}{`)) ?? '';
    const labels = [...sample.matchAll(/[{,](\w+)="/g)].map(([, label = '']) => code(label)).join(', ');
    return [[code(name), type, labels, help]];
  });
  return table(['metric', 'type', 'labels', 'meaning'], rows);
}
