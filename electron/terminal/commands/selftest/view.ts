import { counted } from '../../../../shared/words/format.ts';
import type { SelftestReport, Trial } from '../../../engine/selftest/selftest.ts';
import { type Line, type Paper, paragraph, span } from '../../screen/paint.ts';
import { pad } from '../../screen/text.ts';

const TITLE_WIDTH = 20;
const TIME_WIDTH = 8;

/** A row of the table: what was tried, how long it took, what was found. */
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

/** What it comes to. */
export function selftestSum(
  { ok, trials, durationMs, lockBackend }: SelftestReport,
  paper: Pick<Paper, 'columns'>,
): Line[] {
  const failed = trials.filter((trial) => !trial.ok).length;
  const seconds = (durationMs / 1_000).toFixed(1);
  const words = ok
    ? `All ${trials.length} proved in ${seconds} s; the lock is taken by ${lockBackend}.`
    : `${counted(failed, 'thing')} could not be proved (${seconds} s; the lock is taken by ${lockBackend}).`;
  return paragraph(words, ok ? 'clear' : 'critical', paper);
}
