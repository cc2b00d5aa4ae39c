import { type Result, success } from '../../../shared/result.ts';
import type { Problem } from '../../../shared/snapshot.ts';
import { createPlatform, createSystemTools, type PlatformOptions } from './index.ts';
import { createSystemFlock, type Flock } from './lock/flock.ts';
import { createLockLook, type LockLook } from './lock/lock-observer.ts';
import { createLookIntoFiles, type LookIntoFiles } from './lock/open-files.ts';
import { createFindMarked, type FindMarked } from './run/marked.ts';
import type { Platform } from './types.ts';

/** Everything of the operating system that an engine is built on. */
export interface Machine {
  platform: Platform;
  flock: Flock;
  lockLook: LockLook;
  lookIntoFiles: LookIntoFiles;
  findMarked: FindMarked;
}

/** The machine this process runs on; a problem instead on a system that Sexton does not know. */
export function createMachine(options: PlatformOptions = {}): Result<Machine, Problem> {
  const tools = createSystemTools(options);
  if (!tools.ok) return tools;
  const { kind, run } = tools.value;
  const platform = createPlatform(options, tools);
  if (!platform.ok) return platform;
  return success({
    platform: platform.value,
    flock: createSystemFlock(kind),
    lockLook: createLockLook(kind, run),
    lookIntoFiles: createLookIntoFiles(kind, run),
    findMarked: createFindMarked(kind, run),
  });
}
