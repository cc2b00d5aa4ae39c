import type { ToolName, ToolProbe } from './run/tools.ts';

/**
 * What a person is told about this system, and how to repair what Sexton needs of it. A repair is a command to copy, or the place in
 * the system's settings.
 */
export interface SystemNotes {
  /** The system by its usual name, from the kernel's release: `macOS 15 (Darwin 24.5.0)`. */
  name(release: string): string;
  /** What this release of the kernel lacks, in one sentence; `null` when it has all that Sexton uses. */
  lacks(release: string): string | null;
  /** The tools that Sexton uses here. */
  readonly probes: readonly ToolProbe[];
  /** How to get a tool that is missing, in one sentence. */
  installHint(tool: ToolName): string;
  /** How to replace a tool that does not work; `found` is false when it is missing. */
  repairTool(tool: ToolName, found: boolean): string;
  readonly repairs: {
    /** The clock is wrong. */
    clock: string;
    /** Nothing here can call flock(2). */
    flock: string;
    /** A tool hangs or is slow. */
    slowTool: string;
    /** Notifications do not reach the user. */
    notifications: string;
    /** The app is not set up to open at login as the settings say. */
    loginItem: string;
  };
}
