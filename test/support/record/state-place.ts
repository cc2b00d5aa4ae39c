import { join } from 'node:path';
import { createFileMutex } from '../../../electron/engine/record/files/mutex.ts';
import type { StatePlace } from '../../../electron/engine/record/files/state-file.ts';
import type { FileTrouble } from '../../../electron/engine/record/files/troubles.ts';
import { thisPlatform } from '../system.ts';

const { flock } = thisPlatform();

/** The place of `NAME.json` in a directory, with its real lock beside it, and what was reported about the file. */
export interface TestPlace extends StatePlace {
  troubles: FileTrouble[];
  passed: FileTrouble['code'][];
}

/** Opens the place as one more process would. */
export function placeIn(directory: string, name: string): TestPlace {
  const troubles: FileTrouble[] = [];
  const passed: FileTrouble['code'][] = [];
  return {
    path: join(directory, `${name}.json`),
    mutex: createFileMutex(flock, join(directory, `${name}.lock`)),
    reports: { report: (trouble) => troubles.push(trouble), passed: (_, code) => passed.push(code) },
    troubles,
    passed,
  };
}
