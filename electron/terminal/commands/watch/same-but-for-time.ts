import type { Snapshot } from '../../../../shared/snapshot.ts';

/** The parts of a snapshot that only say when or for how long; a `startedAt` is part of an identity and is not among them. */
const TIMES: ReadonlySet<string> = new Set([
  'seq',
  'at',
  'durationMs',
  'oldestMs',
  'ageMs',
  'since',
  'changedAt',
  'retryAt',
]);

/** Sentences in which an age or a countdown may stand. */
const SENTENCES: ReadonlySet<string> = new Set(['text', 'waitingFor', 'reason', 'hint']);

const SPOKEN_TIME = /\d+(?:\.\d+)?\s?(?:ms|s|min|h|d)\b|\b\d{1,2}:\d{2}(?::\d{2})?\b/g;

function timeless(key: string, value: unknown): unknown {
  if (TIMES.has(key)) return undefined;
  return SENTENCES.has(key) && typeof value === 'string' ? value.replace(SPOKEN_TIME, '#') : value;
}

/** The snapshot as text without its ages and times: two looks with the same text show the same state. */
export function withoutTime(snapshot: Snapshot): string {
  return JSON.stringify(snapshot, timeless);
}

/** Do two snapshots differ in ages and times alone? That is no change worth a line. */
export function sameButForTime(a: Snapshot, b: Snapshot): boolean {
  return a === b || withoutTime(a) === withoutTime(b);
}
