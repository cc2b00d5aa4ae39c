import { basename } from 'node:path';
import type { CleanableReason } from '../../../shared/snapshot.ts';
import { scriptNames } from '../observe/process/scripts.ts';
import type { ProcessRecord } from '../platform/types.ts';

/** Compiles a glob of the settings: `*` is anything, `?` one character, the rest literal, without regard to case. */
function globPattern(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'is');
}

/** A matcher for a list of globs, compiled once. */
export function globMatcher(globs: readonly string[]): (name: string) => boolean {
  const patterns = globs.map(globPattern);
  return (name) => patterns.some((pattern) => pattern.test(name));
}

/**
 * Is the process on the bot list, and as what? Matched on the basename of its executable, its process name and its script's
 * names; its user, folder and other arguments never count.
 */
export function botReason(process: ProcessRecord, onList: (name: string) => boolean): CleanableReason | null {
  const programs = [basename(process.executable ?? ''), process.name];
  if (!programs.concat(scriptNames(process)).some((name) => name !== '' && onList(name))) return null;
  return programs.some((name) => /^python/i.test(name)) ? 'python' : 'named-bot';
}

/** Is its script on a list of globs? A module is meant by its whole dotted name or by the last part of it. */
export function isScriptListed(process: Parameters<typeof scriptNames>[0], onList: (name: string) => boolean): boolean {
  return scriptNames(process).some(onList);
}
