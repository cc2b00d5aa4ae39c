import { accessSync, constants } from 'node:fs';
import type { Result } from '../../../../shared/result.ts';
import { failure, success } from '../../../../shared/result.ts';
import type { Problem } from '../../../../shared/snapshot.ts';

export type ToolName = 'ss' | 'netstat' | 'lsof' | 'ps';

/** Where each tool may be, best first. PATH is never searched: cron, launchd and GUI apps have one without /usr/sbin. */
export type ToolPaths = Readonly<Record<ToolName, readonly string[]>>;

export const SYSTEM_TOOLS: ToolPaths = {
  ss: ['/usr/bin/ss', '/usr/sbin/ss', '/bin/ss', '/sbin/ss'],
  netstat: ['/usr/sbin/netstat'],
  lsof: ['/usr/sbin/lsof', '/usr/bin/lsof', '/sbin/lsof', '/bin/lsof'],
  ps: ['/bin/ps', '/usr/bin/ps'],
};

/** How the doctor finds out whether a tool works, and which version it is. */
export interface ToolProbe {
  tool: ToolName;
  args: readonly string[];
  /** Finds the version in what the tool printed; a tool without one proves by any answer that it runs. */
  version: RegExp | null;
  /** What it is for, or what is lost without it. */
  purpose: string;
  needed: boolean;
  /** What it means when the tool succeeds and prints nothing; absent where that is a fault. */
  silence?: string;
}

export const LSOF_PROBE: ToolProbe = {
  tool: 'lsof',
  args: ['-v'],
  version: /revision: ([\w.]+)/,
  purpose: 'It shows which process holds each connection.',
  needed: true,
};

/** The first candidate that is there and may be run; else `tool-missing`, or `not-permitted` when one is there that may not. */
export async function findTool(
  tool: ToolName,
  paths: ToolPaths,
  installHint: (tool: ToolName) => string,
): Promise<Result<string, Problem>> {
  let forbidden: string | null = null;
  for (const path of paths[tool]) {
    try {
      // Synchronous: through the thread pool, the tool would start only after everything else the caller does in
      // parallel.
      accessSync(path, constants.X_OK);
      return success(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EACCES') forbidden ??= path;
    }
  }
  if (forbidden !== null) {
    return failure({ code: 'not-permitted', tool, hint: `${forbidden} may not be run: sudo chmod +x ${forbidden}` });
  }
  return failure({ code: 'tool-missing', tool, hint: installHint(tool) });
}
