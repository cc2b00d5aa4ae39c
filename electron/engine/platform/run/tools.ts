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

const LINUX_PACKAGES: Readonly<Record<ToolName, string>> = {
  ss: 'iproute2',
  netstat: 'net-tools',
  lsof: 'lsof',
  ps: 'procps',
};

/** How to install a missing tool, in one line. */
function installHint(tool: ToolName, kind: 'linux' | 'darwin'): string {
  if (kind === 'darwin') {
    return `${tool} is part of macOS and was not found at ${SYSTEM_TOOLS[tool][0]}: check that the system volume is intact`;
  }
  const name = LINUX_PACKAGES[tool];
  return `Install ${tool}: sudo apt install ${name} (Fedora: sudo dnf install ${name})`;
}

/**
 * The first candidate that exists and is executable; otherwise `tool-missing`, or `not-permitted` when one exists but
 * is not executable.
 */
export async function findTool(
  tool: ToolName,
  paths: ToolPaths,
  kind: 'linux' | 'darwin',
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
  return failure({ code: 'tool-missing', tool, hint: installHint(tool, kind) });
}
