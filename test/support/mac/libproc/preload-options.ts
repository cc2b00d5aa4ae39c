import type { FaultName } from './faults.ts';

/** Holds the options of the preload as JSON. */
export const OPTIONS_VARIABLE = 'SEXTON_LIBPROC_DOUBLE';

export interface PreloadOptions {
  /** The effective user as whom macOS would answer; the process's own if absent. */
  uid?: number;
  /** `13.6`; 15.5 if absent. */
  macos?: string;
  /** The directory of `tcp` and `tcp6`. */
  procNet?: string;
  /** Programs whose environment macOS hides. */
  restricted?: string[];
  fault?: FaultName;
}

/** The arguments for Node and the environment that put the double into a command. */
export function underLibproc(options: PreloadOptions = {}): { nodeArgs: string[]; env: Record<string, string> } {
  const preload = new URL('./preload.ts', import.meta.url).href;
  return { nodeArgs: ['--import', preload], env: { [OPTIONS_VARIABLE]: JSON.stringify(options) } };
}
