import type { Result } from '../../../shared/result.ts';
import { failure, success } from '../../../shared/result.ts';
import type { Problem } from '../../../shared/snapshot.ts';
import { createDarwin } from './darwin/index.ts';
import { createLinux } from './linux/index.ts';
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

/** The system's kind and the one launcher of its tools. */
export interface SystemTools {
  kind: Platform['kind'];
  run: RunTool;
}

/**
 * The launcher for this system; a problem instead on one that Sexton does not know. Whoever runs tools besides the platform
 * shares it, because only within one launcher is no tool run twice at once.
 */
export function createSystemTools(options: PlatformOptions = {}): Result<SystemTools, Problem> {
  const kind = process.platform;
  if (kind !== 'linux' && kind !== 'darwin') {
    return failure({ code: 'tool-failed', tool: kind, hint: 'Sexton runs on macOS and Linux only' });
  }
  const run = createLauncher({
    kind,
    paths: { ...SYSTEM_TOOLS, ...options.tools },
    limits: (tool: ToolName) => ({
      timeoutMs: options.timeoutMs ?? TOOL_TIMEOUTS[tool],
      maxOutputBytes: MAX_OUTPUT_BYTES,
    }),
  });
  return success({ kind, run });
}

/** The operating system this process runs on; a problem instead on one that Sexton does not know. */
export function createPlatform(
  options: PlatformOptions = {},
  tools: Result<SystemTools, Problem> = createSystemTools(options),
): Result<Platform, Problem> {
  if (!tools.ok) return tools;
  const { kind, run } = tools.value;
  const self = { pid: process.pid, uid: process.geteuid?.() ?? -1 };
  if (kind === 'darwin') return success(createDarwin({ run, self }));
  return success(createLinux({ run, procNet: options.procNet ?? '/proc/net', self }));
}
