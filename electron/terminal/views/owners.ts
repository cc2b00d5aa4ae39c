import type { OwnerState, ProcessRef, Verdict } from '../../../shared/snapshot.ts';
import { counted } from '../../../shared/words/format.ts';
import { leftWords, ownerDetail } from '../../../shared/words/snapshot.ts';
import { verdictBadge, verdictSentence } from '../../../shared/words/verdict.ts';
import { type Line, type Paper, paragraph, span, type Tone } from '../screen/paint.ts';
import { harmless, pad, shorten, widthOf } from '../screen/text.ts';

function verdictTone(verdict: Verdict): Tone {
  if (verdict.kind === 'cleanable') return 'accent';
  return verdict.reason === 'live-session' ? 'clear' : 'quiet';
}

/** The command line, if it says more than the name. */
export function commandLineOf({ commandLine, name }: ProcessRef): string {
  return commandLine === name ? '' : commandLine;
}

interface Entry {
  count: number;
  process: ProcessRef;
  badge: string;
  tone: Tone;
  /** Lines below the name: tone and text. */
  below: readonly (readonly [Tone, string])[];
}

/** A list of processes, each with its count, name and badge in columns and its details below. */
export function processList(entries: readonly Entry[], { columns }: Pick<Paper, 'columns'>): Line[] {
  const countWidth = Math.max(3, ...entries.map(({ count }) => String(count).length + 2));
  const badgeWidth = Math.max(0, ...entries.map(({ badge }) => badge.length));
  const names = entries.map(({ process }) => widthOf(harmless(process.name)));
  const room = Math.max(8, columns - countWidth - badgeWidth - 4);
  const nameWidth = Math.min(room, Math.max(0, ...names));
  return entries.flatMap(({ count, process, badge, tone, below }) => [
    [
      span(pad(String(count), countWidth, 'right'), 'strong'),
      span('  '),
      span(pad(shorten(harmless(process.name), nameWidth), nameWidth, 'left'), 'strong'),
      span('  '),
      span(badge, tone),
    ],
    ...below
      .filter(([, text]) => text !== '')
      .flatMap(([lineTone, text]) => paragraph(text, lineTone, { columns }, countWidth + 2)),
  ]);
}

/** The owners of zombies in the snapshot's order, worst first. */
export function ownersView(owners: readonly OwnerState[], paper: Pick<Paper, 'columns'>): Line[] {
  return processList(
    owners.map((owner) => ({
      count: owner.zombies,
      process: owner.process,
      badge: verdictBadge(owner.verdict),
      tone: verdictTone(owner.verdict),
      below: [
        ['quiet', detailOf(owner)],
        ['quiet', shortCommand(owner.process, paper)],
        ['plain', verdictSentence(owner.verdict)],
        ['plain', upperFirst(leftWords(owner))],
      ],
    })),
    paper,
  );
}

function detailOf(owner: OwnerState): string {
  const live = owner.established > 0 ? ` · ${counted(owner.established, 'live session')}` : '';
  return `${ownerDetail(owner)}${live}`;
}

/** A command line can be kilobytes long; one line is enough to recognise it. */
function shortCommand(process: ProcessRef, { columns }: Pick<Paper, 'columns'>): string {
  return shorten(harmless(commandLineOf(process)), Math.max(8, Math.min(columns, 200) - 5));
}

function upperFirst(text: string): string {
  return text === '' ? '' : `${text[0]?.toUpperCase()}${text.slice(1)}.`;
}
