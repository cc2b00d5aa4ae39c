import { totalZombies } from '../../../../shared/severity.ts';
import type { Snapshot } from '../../../../shared/snapshot.ts';
import { counted } from '../../../../shared/words/format.ts';
import { headline, LEVEL_WORDS } from '../../../../shared/words/snapshot.ts';
import { type Line, span } from '../../screen/paint.ts';

/** A change as one plain line for a file or pipe: when, the level, the count on each side, and the headline. */
export function changeLine(snapshot: Snapshot): Line {
  const total = totalZombies(snapshot.ports);
  const sides = `bots ${known(totalZombies(snapshot.ports, 'client'))}, Gateway ${known(totalZombies(snapshot.ports, 'gateway'))}`;
  const found = total === null ? 'count unknown' : `${counted(total, 'zombie')} (${sides})`;
  const { main, detail } = headline(snapshot);
  const words = detail === '' ? main : `${main} ${detail}`;
  return [
    span(`${snapshot.at}  `, 'quiet'),
    span(LEVEL_WORDS[snapshot.level], snapshot.level),
    span(`  ${found}  `, 'strong'),
    span(words),
  ];
}

function known(count: number | null): string {
  return count === null ? '?' : String(count);
}
