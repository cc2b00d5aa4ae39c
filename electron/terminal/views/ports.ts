import type { PortState } from '../../../shared/snapshot.ts';
import { counted, processWords } from '../../../shared/words/format.ts';
import { type Line, type Paper, type Span, span, type Tone } from '../screen/paint.ts';
import { type Column, table } from '../screen/table.ts';
import { widthOf } from '../screen/text.ts';

/** A number, or a question mark: an unknown count is never shown as 0. */
function count(value: number | null, tone: Tone): Span {
  if (value === null) return span('?', 'blind');
  return span(String(value), value === 0 ? 'quiet' : tone);
}

function listeningMark({ listening }: PortState): string {
  if (listening === null) return '?';
  return listening ? '●' : '○';
}

/** The two sides need different remedies, so on narrow paper their total goes before they do. */
const COLUMNS: readonly Column<PortState>[] = [
  {
    title: '  PORT',
    align: 'left',
    spare: 0,
    shrinks: true,
    cell: (state) => span(`${listeningMark(state)} ${state.port} ${state.label}`, state.listening ? 'plain' : 'quiet'),
  },
  { title: 'ZOMBIES', align: 'right', spare: 1, cell: ({ zombies }) => count(zombies.total, 'strong') },
  { title: 'BOTS', align: 'right', spare: 0, cell: ({ zombies }) => count(zombies.client, 'plain') },
  { title: 'GATEWAY', align: 'right', spare: 0, cell: ({ zombies }) => count(zombies.gateway, 'plain') },
  { title: 'SESSIONS', align: 'right', spare: 2, cell: ({ established }) => count(established, 'plain') },
];

/** What the columns do not show about a port, problems first. */
export function portNotes(state: PortState): Span[] {
  const notes: Span[] = [];
  if (state.jammed) notes.push(span('not answering', 'critical'));
  if (state.backlog !== null && state.backlog > 0) notes.push(span(`${state.backlog} not accepted yet`, 'warning'));
  if (state.closing !== null && state.closing > 0)
    notes.push(span(`${counted(state.closing, 'connection')} closing`, 'quiet'));
  if (state.forwarder !== null) notes.push(forwarderNote(state));
  if (state.listening === null) notes.push(span('listening state unknown', 'blind'));
  if (state.listening === false) notes.push(span('not listening', 'quiet'));
  return notes;
}

function forwarderNote({ forwarder, zombies }: PortState): Span {
  const by = forwarder === null ? '' : `forwarded by ${processWords(forwarder)}`;
  if (zombies.gateway !== null) return span(by, 'quiet');
  // The total is known only if a person accepted that the Gateway's side is not watched.
  if (zombies.total !== null) return span(`${by}, the bots' side only`, 'quiet');
  return span(`${by}: its Gateway cannot be seen`, 'blind');
}

function joined(notes: readonly Span[]): Span[] {
  return notes.flatMap((note, index) => (index === 0 ? [note] : [span(' · ', 'quiet'), note]));
}

function lineWidth(line: Line): number {
  return line.reduce((sum, { text }) => sum + widthOf(text), 0);
}

/** The ports as a table. Notes follow at the end of their row, or below it if the paper is too narrow. */
export function portsView(ports: readonly PortState[], { columns }: Pick<Paper, 'columns'>): Line[] {
  const [heading = [], ...rows] = table(COLUMNS, ports, columns);
  return [
    heading,
    ...ports.flatMap((port, index): Line[] => {
      const row = rows[index] ?? [];
      const notes = joined(portNotes(port));
      if (notes.length === 0) return [row];
      const beside = [...row, span('   '), ...notes];
      return lineWidth(beside) <= columns ? [beside] : [row, [span('  '), ...notes]];
    }),
  ];
}
