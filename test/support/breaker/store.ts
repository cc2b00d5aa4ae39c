import { join } from 'node:path';
import { type BreakerProblem, breakerProblem } from '../../../electron/engine/connect/breaker/shared.ts';
import { type BreakerStore, createBreakerStore } from '../../../electron/engine/connect/breaker/store.ts';
import { createFileMutex } from '../../../electron/engine/record/files/mutex.ts';
import { thisPlatform } from '../system.ts';

/** A store on the real file, lock and processes, whose clocks a test may move; `told` has its journal entries. */
export interface TestStore {
  store: BreakerStore;
  told: { event: string; state: string }[];
  problems: BreakerProblem[];
  /** Added to the clocks, in milliseconds. */
  offset: { wall: number; clock: number };
}

export const breakerPath = (folder: string): string => join(folder, 'breaker.json');

/** Opens the breaker in `folder` as another process would. */
export function openStore(folder: string, offset = { wall: 0, clock: 0 }): TestStore {
  const platform = thisPlatform();
  const told: TestStore['told'] = [];
  const problems: BreakerProblem[] = [];
  const store = createBreakerStore({
    path: breakerPath(folder),
    mutex: createFileMutex(platform.flock, join(folder, 'breaker.lock')),
    rules: () => ({ failureThreshold: 5, recoveryMs: 60_000, successThreshold: 2 }),
    sink: { append: (entry) => told.push(entry) },
    platform,
    reports: { report: (trouble) => problems.push(breakerProblem(trouble)), passed: () => undefined },
    wall: () => new Date(Date.now() + offset.wall),
    clock: () => performance.now() + offset.clock,
  });
  return { store, told, problems, offset };
}
