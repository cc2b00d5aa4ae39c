import { basename } from 'node:path';
import type { Problem } from '../../../../shared/snapshot.ts';

/** What can be wrong with a file for longer than a moment. `stuck`: it is broken and could not be moved aside. */
export type LastingTrouble = 'stuck' | 'not-read' | 'not-saved' | 'locked';

/** Something about one of Sexton's own files that people should know. `corrupt`: it was broken and is now kept as `detail`. */
export interface FileTrouble {
  code: 'corrupt' | LastingTrouble;
  path: string;
  detail: string;
}

/** Where a file's troubles are reported: each one once, and once more when a lasting one has passed. */
export interface TroubleReports {
  report(trouble: FileTrouble): void;
  passed(path: string, code: FileTrouble['code']): void;
}

/** For a file whose owner reports its troubles in another way, and for tests. */
export const NO_REPORTS: TroubleReports = { report: () => undefined, passed: () => undefined };

/** How long a broken file is shown: long enough for a person who sleeps. `sexton doctor` lists what is kept aside for longer. */
const SHOWN_MS = 86_400_000;

/** The troubles of all of Sexton's own files, for the snapshot's problems. */
export interface FileTroubles extends TroubleReports {
  problems(): readonly Problem[];
}

/** Gathers the troubles of one program. @param now monotonic milliseconds */
export function gatherTroubles(now: () => number): FileTroubles {
  const known = new Map<string, { trouble: FileTrouble; at: number }>();
  const keyOf = (path: string, code: FileTrouble['code']) => `${code} ${path}`;
  return {
    report: (trouble) => {
      known.set(keyOf(trouble.path, trouble.code), { trouble, at: now() });
    },
    passed: (path, code) => {
      known.delete(keyOf(path, code));
    },
    problems: () => {
      for (const [key, { trouble, at }] of known) {
        if (trouble.code === 'corrupt' && now() - at >= SHOWN_MS) known.delete(key);
      }
      return [...known.values()].map(({ trouble }) => troubleProblem(trouble));
    },
  };
}

const CODES: Readonly<Record<FileTrouble['code'], Problem['code']>> = {
  corrupt: 'output-unreadable',
  stuck: 'output-unreadable',
  'not-read': 'tool-failed',
  'not-saved': 'tool-failed',
  locked: 'tool-timeout',
};

/** A trouble as the snapshot's problems show it; `tool` is the file's name. */
export function troubleProblem(trouble: FileTrouble): Problem {
  return { code: CODES[trouble.code], tool: basename(trouble.path), hint: troubleWords(trouble) };
}

/** A trouble in words: "/…/pause.json was damaged. It is kept as pause.json.broken-…, and Sexton starts a new one." */
export function troubleWords({ code, path, detail }: FileTrouble): string {
  switch (code) {
    case 'corrupt':
      return `${path} was damaged. It is kept as ${basename(detail)}, and Sexton starts a new one.`;
    case 'stuck':
      return `${path} is damaged and cannot be moved aside (${detail}). Move it away yourself.`;
    case 'not-read':
      return `${path} cannot be read (${detail}). Sexton continues without it.`;
    case 'not-saved':
      return `${path} cannot be written (${detail}). Changes are lost when this program ends.`;
    case 'locked':
      return `${path} cannot be locked (${detail}). Changes are not saved until it can.`;
  }
}
