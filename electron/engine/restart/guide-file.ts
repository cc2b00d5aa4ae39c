import { type GuideState, guideStateSchema } from '../../../shared/restart/state.ts';
import { decodeJson } from '../record/files/json.ts';
import { keptValue, openStateFile, type StatePlace } from '../record/files/state-file.ts';

/** The guide on disk, shared by the app and `sexton restart`: it outlives both, and each sees what the other does. */
export interface GuideFile {
  /** What is on disk if another program changed it since it was last read or written here. */
  readIfChanged(): Promise<GuideState | null | 'unchanged'>;
  /**
   * Replaces what is on disk, unless another program changed it first: then nothing is written and the answer is `false`. A guide that
   * cannot be written still works until the program ends, and the trouble is reported.
   */
  write(state: GuideState): Promise<boolean>;
  remove(): Promise<void>;
}

/** Opens the guide's file. While it cannot be understood, no guide runs. */
export function openGuideFile(place: StatePlace, now: () => Date): GuideFile {
  const file = openStateFile<GuideState>({
    ...place,
    decode: parseGuide,
    encode: (state) => `${JSON.stringify(state)}\n`,
    what: 'a guided restart',
    // A person in the middle of a restart must not wait for a lock that is never free.
    withoutLock: 'write',
    now,
  });
  return {
    readIfChanged: async () => {
      const read = await file.readIfChanged();
      if (read === 'unchanged') return read;
      return read.ok ? keptValue(read.value) : null;
    },
    write: (state) =>
      file.exclusively(async (held) => {
        if (await held.hasChanged()) return false;
        await held.write(state);
        return true;
      }),
    remove: () =>
      file.exclusively(async (held) => {
        await held.remove();
      }),
  };
}

/** The guide of its file's text; `null` when it is not one. */
export function parseGuide(text: string): GuideState | null {
  return decodeJson(text, guideStateSchema);
}
