import { DARWIN_FLOCK } from '../../electron/engine/platform/darwin/flock.ts';
import { createPlatform, type PlatformOptions } from '../../electron/engine/platform/index.ts';
import { LINUX_FLOCK } from '../../electron/engine/platform/linux/flock.ts';
import { LINUX_NOTES } from '../../electron/engine/platform/linux/notes.ts';
import {
  createLauncher,
  MAX_OUTPUT_BYTES,
  type RunTool,
  TOOL_TIMEOUTS,
} from '../../electron/engine/platform/run/command.ts';
import { SYSTEM_TOOLS } from '../../electron/engine/platform/run/tools.ts';
import type { Platform } from '../../electron/engine/platform/types.ts';

/** How this system takes flock(2). */
export const FLOCK_WAYS = process.platform === 'darwin' ? DARWIN_FLOCK : LINUX_FLOCK;

/** The real platform of this machine. */
export function thisPlatform(options: PlatformOptions = {}): Platform {
  const made = createPlatform(options);
  if (!made.ok) throw new Error(made.error.hint);
  return made.value;
}

/** A launcher of this machine's own tools. */
export function toolRunner(): RunTool {
  return createLauncher({
    paths: SYSTEM_TOOLS,
    installHint: LINUX_NOTES.installHint,
    limits: (tool) => ({ timeoutMs: TOOL_TIMEOUTS[tool], maxOutputBytes: MAX_OUTPUT_BYTES }),
  });
}

const unused = () => {
  throw new Error('this pretend platform is asked for sockets and processes only');
};

/** What a pretend platform needs besides its sockets and processes, when nothing under test asks for it. */
export const UNUSED = {
  desktop: 'linux',
  notes: LINUX_NOTES,
  flock: { lock: unused, prove: unused },
  lockLook: unused,
  lookIntoFiles: unused,
  findMarked: unused,
} satisfies Partial<Platform>;
