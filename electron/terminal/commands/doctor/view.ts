import type { DoctorCheck, DoctorReport } from '../../../../shared/doctor.ts';
import { counted } from '../../../../shared/words/format.ts';
import { LEVEL_MARKS, type Line, type Paper, paragraph, span, type Tone } from '../../screen/paint.ts';
import { pad, widthOf } from '../../screen/text.ts';

const TONES: Readonly<Record<DoctorCheck['status'], Tone>> = { ok: 'clear', warning: 'warning', failed: 'critical' };
const MARKS: Readonly<Record<DoctorCheck['status'], string>> = {
  ok: LEVEL_MARKS.clear,
  warning: LEVEL_MARKS.warning,
  failed: '✗',
};

/** The report for a person: each check, its fix below it, and a summary. */
export function doctorView({ checks }: DoctorReport, { columns }: Pick<Paper, 'columns'>): Line[] {
  const titleWidth = Math.max(...checks.map(({ title }) => widthOf(title)));
  const indent = titleWidth + 4;
  const lines = checks.flatMap((check): Line[] => {
    const [first = [], ...more] = paragraph(check.detail, 'plain', { columns: columns - indent });
    const heading: Line = [
      span(`${MARKS[check.status]} `, TONES[check.status]),
      span(pad(check.title, titleWidth, 'left'), 'strong'),
      span('  '),
      ...first,
    ];
    const rest = more.map((line): Line => [span(' '.repeat(indent)), ...line]);
    // People copy the whole command, so it is never wrapped.
    const fix: Line[] =
      check.fix === null ? [] : [[span(`${' '.repeat(indent)}→ `, 'quiet'), span(check.fix, 'accent')]];
    return [heading, ...rest, ...fix];
  });
  return [...lines, [], summary(checks)];
}

function summary(checks: readonly DoctorCheck[]): Line {
  const failed = checks.filter(({ status }) => status === 'failed').length;
  const warnings = checks.filter(({ status }) => status === 'warning').length;
  if (failed > 0)
    return [
      span(`${counted(failed, 'thing')} Sexton needs ${failed === 1 ? 'does' : 'do'} not work here.`, 'critical'),
    ];
  if (warnings > 0) return [span(`Sexton works here. ${counted(warnings, 'thing')} could be better.`, 'warning')];
  return [span('Sexton works here.', 'clear')];
}
