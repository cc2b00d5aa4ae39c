import { type Result, success } from '../../../shared/result.ts';
import type { Problem } from '../../../shared/snapshot.ts';
import { createLauncher, MAX_OUTPUT_BYTES, TOOL_TIMEOUTS } from './command.ts';
import { createSystemFlock, type Flock } from './flock.ts';
import { createPlatform, type PlatformOptions } from './index.ts';
import { createLockLook, type LockLook } from './lock-observer.ts';
import { SYSTEM_TOOLS } from './tools.ts';
import type { Platform } from './types.ts';

/** Everything of the operating system that an engine is built on. */
export interface Machine {
  platform: Platform;
  flock: Flock;
  lockLook: LockLook;
}

/** The machine this process runs on; a problem instead on a system that Sexton does not know. */
export function createMachine(options: PlatformOptions = {}): Result<Machine, Problem> {
  const platform = createPlatform(options);
  if (!platform.ok) return platform;
  const { kind } = platform.value;
  const run = createLauncher({
    kind,
    paths: { ...SYSTEM_TOOLS, ...options.tools },
    limits: (tool) => ({ timeoutMs: TOOL_TIMEOUTS[tool], maxOutputBytes: MAX_OUTPUT_BYTES }),
  });
  return success({ platform: platform.value, flock: createSystemFlock(kind), lockLook: createLockLook(kind, run) });
}
