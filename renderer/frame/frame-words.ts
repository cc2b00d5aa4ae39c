import type { Snapshot } from '../../shared/snapshot.ts';
import { counted } from '../../shared/words/format.ts';

/** What is shown for an unknown number. Unknown is never shown as 0. */
export const UNKNOWN = '–';

/** The figures of a count, or the dash of an unknown one. */
export function countWords(count: number | null): string {
  return count === null ? UNKNOWN : String(count);
}

/** What a screen reader hears when the level or the count changes. */
export function announcement(level: string, count: number | null, sentence: string): string {
  const number = count === null ? 'Count unknown' : counted(count, 'zombie connection');
  return `${level}. ${number}. ${sentence}`;
}

/** How many ports are watched, for the footer. */
export function watchedWords(ports: Snapshot['ports']): string {
  return counted(ports.length, 'port');
}
