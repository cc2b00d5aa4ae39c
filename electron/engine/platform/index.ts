import type { Result } from '../../../shared/result.ts';
import { failure, success } from '../../../shared/result.ts';
import type { Problem } from '../../../shared/snapshot.ts';
import { createLauncher, MAX_OUTPUT_BYTES, TOOL_TIMEOUTS } from './run/command.ts';
import type { ToolName, ToolPaths } from './run/tools.ts';
import { SYSTEM_TOOLS } from './run/tools.ts';
import { thisSystem } from './systems.ts';
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

/** The operating system this process runs on. A problem instead on one that Sexton does not know. */
export function createPlatform(options: PlatformOptions = {}): Result<Platform, Problem> {
  const system = thisSystem();
  if (system === null) {
    return failure({ code: 'tool-failed', tool: process.platform, hint: 'Sexton runs on macOS and Linux only' });
  }
  const run = createLauncher({
    paths: { ...SYSTEM_TOOLS, ...options.tools },
    installHint: system.notes.installHint,
    locale: system.locale,
    limits: (tool: ToolName) => ({
      timeoutMs: options.timeoutMs ?? TOOL_TIMEOUTS[tool],
      maxOutputBytes: MAX_OUTPUT_BYTES,
    }),
  });
  const self = { pid: process.pid, uid: process.geteuid?.() ?? -1 };
  return success(system.create({ run, self, procNet: options.procNet ?? '/proc/net' }));
}
