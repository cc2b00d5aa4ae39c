import process from 'node:process';
import { createDarwin } from './darwin/index.ts';
import { darwinLocale } from './darwin/locale.ts';
import { DARWIN_NOTES } from './darwin/notes.ts';
import { DARWIN_SESSION } from './darwin/session.ts';
import { createLinux } from './linux/index.ts';
import { LINUX_NOTES } from './linux/notes.ts';
import { LINUX_SESSION } from './linux/session.ts';
import type { SystemNotes } from './notes.ts';
import type { RunTool } from './run/command.ts';
import type { ToolName } from './run/tools.ts';
import type { UserSession } from './session.ts';
import type { Platform } from './types.ts';

/** What one system's folder has to offer. */
export interface System {
  notes: SystemNotes;
  session: UserSession;
  /** The locale a tool needs here, where it is not the C locale. */
  locale(tool: ToolName): Readonly<Record<string, string>> | undefined;
  create(options: { run: RunTool; self: Platform['self']; procNet: string }): Platform;
}

/** Every system that Sexton knows: a new one is a folder beside these two and a line here. */
export const SYSTEMS = {
  linux: { notes: LINUX_NOTES, session: LINUX_SESSION, locale: () => undefined, create: createLinux },
  darwin: { notes: DARWIN_NOTES, session: DARWIN_SESSION, locale: darwinLocale, create: createDarwin },
} as const satisfies Partial<Record<NodeJS.Platform, System>>;

/** The system this process runs on: the one place that asks. `null` when Sexton does not know it. */
export function thisSystem(): System | null {
  const known: Partial<Record<NodeJS.Platform, System>> = SYSTEMS;
  return known[process.platform] ?? null;
}
