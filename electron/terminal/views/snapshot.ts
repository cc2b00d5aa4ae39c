import { totalZombies } from '../../../shared/severity.ts';
import type { ScanState, Snapshot } from '../../../shared/snapshot.ts';
import { problemSentence } from '../../../shared/words/clean.ts';
import { counted, processWords } from '../../../shared/words/format.ts';
import { checkedWords, elsewhereWords, headline, LEVEL_WORDS, scanWords } from '../../../shared/words/snapshot.ts';
import { LEVEL_MARKS, type Line, type Paper, paragraph, span } from '../screen/paint.ts';
import { ownersView } from './owners.ts';
import { portsView } from './ports.ts';
import { protectionLines } from './protection.ts';

/** The snapshot for a person, top to bottom: level, ports, owners, advice. Pure; `now` is for the ages. */
export function snapshotView(snapshot: Snapshot, paper: Pick<Paper, 'columns'>, now: Date): Line[] {
  return spaced([
    verdictLines(snapshot, paper),
    portsView(snapshot.ports, paper),
    ownersView(snapshot.owners, paper),
    elsewhereLines(snapshot, paper),
    [...unattributedLines(snapshot, paper), ...problemLines(snapshot.scan, paper)],
    adviceLines(snapshot, paper),
    [...protectionLines(snapshot, paper, now), ...footLines(snapshot, paper, now)],
  ]);
}

/** The parts, separated by empty lines; an empty part leaves no gap. */
export function spaced(parts: readonly (readonly Line[])[]): Line[] {
  return parts.filter((part) => part.length > 0).flatMap((part, index) => (index === 0 ? part : [[], ...part]));
}

function verdictLines(snapshot: Snapshot, paper: Pick<Paper, 'columns'>): Line[] {
  const { level } = snapshot;
  const total = totalZombies(snapshot.ports);
  const { main, detail } = headline(snapshot);
  const count =
    total === null || total === 0 ? [] : [span(' · ', 'quiet'), span(counted(total, 'zombie connection'), 'strong')];
  return [
    [span(`${LEVEL_MARKS[level]} ${LEVEL_WORDS[level]}`, level), ...count],
    ...paragraph(main, 'plain', paper),
    ...(detail === '' ? [] : paragraph(detail, 'quiet', paper)),
  ];
}

function elsewhereLines({ elsewhere }: Snapshot, paper: Pick<Paper, 'columns'>): Line[] {
  return elsewhere.flatMap((entry) => {
    const by =
      entry.processes.length === 0 ? 'a process Sexton cannot see' : entry.processes.map(processWords).join(', ');
    return paragraph(`! ${elsewhereWords(entry)}, by ${by}: not watched.`, 'warning', paper);
  });
}

function unattributedLines({ unattributed, scan }: Snapshot, paper: Pick<Paper, 'columns'>): Line[] {
  if (unattributed === null)
    return scan.kind === 'failed'
      ? []
      : paragraph('Sexton cannot see which process holds which connection.', 'blind', paper);
  if (unattributed === 0) return [];
  return paragraph(
    `${counted(unattributed, 'connection')} held by ${unattributed === 1 ? 'a process' : 'processes'} Sexton cannot see.`,
    'warning',
    paper,
  );
}

function problemLines(scan: ScanState, paper: Pick<Paper, 'columns'>): Line[] {
  // The headline already says that the count is unknown after a failed scan.
  const kind = scan.kind === 'failed' ? '' : scanWords(scan);
  return [
    ...(kind === '' ? [] : paragraph(`? ${kind}`, 'blind', paper)),
    ...scan.problems.flatMap((problem) => paragraph(`! ${problemSentence(problem)}`, 'warning', paper)),
  ];
}

function adviceLines({ advice }: Snapshot, paper: Pick<Paper, 'columns'>): Line[] {
  return advice.kind === 'nothing' || advice.text === '' ? [] : paragraph(`→ ${advice.text}`, 'accent', paper);
}

function footLines({ scan }: Snapshot, paper: Pick<Paper, 'columns'>, now: Date): Line[] {
  return paragraph(checkedWords(scan, now.getTime()), 'quiet', paper);
}
