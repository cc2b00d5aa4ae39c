import { counted } from '../../../../shared/words/format.ts';
import type { SelftestReport, Trial } from '../../../engine/selftest/selftest.ts';
import { type Line, type Paper, paragraph, span } from '../../screen/paint.ts';
import { pad } from '../../screen/text.ts';

const TITLE_WIDTH = 20;
const TIME_WIDTH = 8;

/** A row of the table: the trial, how long it took, and its result. */
export function trialLines({ title, ok, detail, durationMs }: Trial, { columns }: Pick<Paper, 'columns'>): Line[] {
  const indent = TITLE_WIDTH + TIME_WIDTH + 5;
  const [first = [], ...more] = paragraph(detail, ok ? 'plain' : 'critical', { columns: columns - indent });
  return [
    [
      span(ok ? '✓ ' : '✗ ', ok ? 'clear' : 'critical'),
      span(pad(title, TITLE_WIDTH, 'left'), 'strong'),
      span(pad(`${durationMs} ms`, TIME_WIDTH, 'right'), 'quiet'),
      span('   '),
      ...first,
    ],
    ...more.map((line): Line => [span(' '.repeat(indent)), ...line]),
  ];
}

/** The summary below the table. */
export function selftestSummary(
  { ok, trials, durationMs, lockBackend }: SelftestReport,
  paper: Pick<Paper, 'columns'>,
): Line[] {
  const failed = trials.filter((trial) => !trial.ok).length;
  const seconds = (durationMs / 1_000).toFixed(1);
  const words = ok
    ? `${counted(trials.length, 'trial')} passed in ${seconds} s. Lock back-end: ${lockBackend}.`
    : `${counted(failed, 'trial')} failed, after ${seconds} s. Lock back-end: ${lockBackend}.`;
  return paragraph(words, ok ? 'clear' : 'critical', paper);
}
