import { basename } from 'node:path';
import type { CleanableReason } from '../../../shared/snapshot.ts';
import { scriptNames } from '../observe/process/scripts.ts';
import type { ProcessRecord } from '../platform/types.ts';

/** Compiles a glob from the settings: `*` is anything, `?` is one character, the rest is literal; case is ignored. */
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
 * The reason why the process is on the bot list; `null` when it is not. Only the names of its executable, process and
 * script are compared, never its user, folder or other arguments.
 */
export function botReason(process: ProcessRecord, onList: (name: string) => boolean): CleanableReason | null {
  const programs = [basename(process.executable ?? ''), process.name];
  if (!programs.concat(scriptNames(process)).some((name) => name !== '' && onList(name))) return null;
  return programs.some((name) => /^python/i.test(name)) ? 'python' : 'named-bot';
}

/** Is its script on a list of globs? A module matches by its full dotted name or by the last part of it. */
export function isScriptListed(process: Parameters<typeof scriptNames>[0], onList: (name: string) => boolean): boolean {
  return scriptNames(process).some(onList);
}
