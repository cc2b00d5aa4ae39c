import type { Result } from '../../../shared/result.ts';
import { failure, success } from '../../../shared/result.ts';
import type { Problem } from '../../../shared/snapshot.ts';
import { createDarwin } from './darwin/index.ts';
import { DARWIN_NOTES } from './darwin/notes.ts';
import { createLinux } from './linux/index.ts';
import { LINUX_NOTES } from './linux/notes.ts';
import type { SystemNotes } from './notes.ts';
import type { RunTool } from './run/command.ts';
import { createLauncher, MAX_OUTPUT_BYTES, TOOL_TIMEOUTS } from './run/command.ts';
import type { ToolName, ToolPaths } from './run/tools.ts';
import { SYSTEM_TOOLS } from './run/tools.ts';
import type { Platform } from './types.ts';

export { parseNetstat } from './darwin/index.ts';
export { parseProcNetTcp, parseSs } from './linux/index.ts';
export { parseLsof } from './sockets/lsof.ts';

/** What a test puts in the place of the system's own; nothing of it is a setting. */
export interface PlatformOptions {
  /** Other places for some of the tools. */
  tools?: Partial<ToolPaths>;
  /** The directory of `tcp` and `tcp6`, for a kernel that cannot be read. */
  procNet?: string;
  /** A shorter patience with each tool. */
  timeoutMs?: number;
}

/** How one system is made: its notes, and the platform on a launcher of its tools. */
interface System {
  notes: SystemNotes;
  create(options: { run: RunTool; self: Platform['self']; procNet: string }): Platform;
}

const SYSTEMS: Readonly<Partial<Record<NodeJS.Platform, System>>> = {
  linux: { notes: LINUX_NOTES, create: createLinux },
  darwin: { notes: DARWIN_NOTES, create: createDarwin },
};

/** The operating system this process runs on: the one choice of system. A problem instead on one that Sexton does not know. */
export function createPlatform(options: PlatformOptions = {}): Result<Platform, Problem> {
  const system = SYSTEMS[process.platform];
  if (system === undefined) {
    return failure({ code: 'tool-failed', tool: process.platform, hint: 'Sexton runs on macOS and Linux only' });
  }
  const run = createLauncher({
    paths: { ...SYSTEM_TOOLS, ...options.tools },
    installHint: system.notes.installHint,
    limits: (tool: ToolName) => ({
      timeoutMs: options.timeoutMs ?? TOOL_TIMEOUTS[tool],
      maxOutputBytes: MAX_OUTPUT_BYTES,
    }),
  });
  const self = { pid: process.pid, uid: process.geteuid?.() ?? -1 };
  return success(system.create({ run, self, procNet: options.procNet ?? '/proc/net' }));
}
