import type { Snapshot } from '../../../../shared/snapshot.ts';

/** The fields of a snapshot that only say when or for how long. `startedAt` is part of an identity, so it is not one of them. */
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

/** Sentences that may contain an age or a countdown. */
const SENTENCES: ReadonlySet<string> = new Set(['text', 'waitingFor', 'reason', 'hint']);

const SPOKEN_TIME = /\d+(?:\.\d+)?\s?(?:ms|s|min|h|d)\b|\b\d{1,2}:\d{2}(?::\d{2})?\b/g;

function timeless(key: string, value: unknown): unknown {
  if (TIMES.has(key)) return undefined;
  return SENTENCES.has(key) && typeof value === 'string' ? value.replace(SPOKEN_TIME, '#') : value;
}

/** The snapshot as text without its ages and times: two snapshots with the same text show the same state. */
export function withoutTime(snapshot: Snapshot): string {
  return JSON.stringify(snapshot, timeless);
}

/** Do two snapshots show the same state? A difference in ages and times alone does not count. */
export function sameState(a: Snapshot, b: Snapshot): boolean {
  return a === b || withoutTime(a) === withoutTime(b);
}
