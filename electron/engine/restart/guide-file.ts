import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type GuideState, guideStateSchema } from '../../../shared/restart/state.ts';
import { moveAside, replaceFile } from '../record/files/atomic-file.ts';

/** The guide on disk, shared by the app and `sexton restart`, so that it survives both and each shows what the other sees. */
export interface GuideFile {
  /** What is on disk if somebody changed it since this was last asked or written; `unchanged` otherwise. */
  readIfChanged(): Promise<GuideState | null | 'unchanged'>;
  /** Replaces what is on disk. Best effort: a guide that cannot be kept still works until the end of the program. */
  write(state: GuideState): Promise<void>;
  remove(): Promise<void>;
}

/** The guide's file in the state directory. A file that cannot be understood is moved aside, and no guide runs then. */
export function openGuideFile(directory: string, now: () => Date): GuideFile {
  const path = join(directory, 'restart.json');
  let stamp: string | undefined;

  const readStamp = async (): Promise<string> => {
    const found = await stat(path, { bigint: true }).catch(() => null);
    return found === null ? '' : `${found.ino} ${found.mtimeNs} ${found.size}`;
  };

  return {
    readIfChanged: async () => {
      const seen = await readStamp();
      if (seen === stamp) return 'unchanged';
      stamp = seen;
      const text = seen === '' ? null : await readFile(path, 'utf8').catch(() => null);
      if (text === null) return null;
      const state = parseGuide(text);
      if (state === null) {
        await moveAside(path, now());
        stamp = await readStamp();
      }
      return state;
    },
    write: async (state) => {
      const written = await replaceFile(path, `${JSON.stringify(state)}\n`);
      if (written.ok) stamp = await readStamp();
    },
    remove: async () => {
      await rm(path, { force: true }).catch(() => undefined);
      stamp = await readStamp();
    },
  };
}

/** A guide from its file's text; null when it is none. */
export function parseGuide(text: string): GuideState | null {
  try {
    const parsed = guideStateSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
