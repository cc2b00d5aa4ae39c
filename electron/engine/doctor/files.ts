import { constants } from 'node:fs';
import { access, readdir, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DoctorCheck } from '../../../shared/doctor.ts';
import type { Problem } from '../../../shared/snapshot.ts';
import type { Directories } from '../platform/directories.ts';
import { journalPath, KEPT_FILES } from '../record/journal/files.ts';
import type { SettingsProblem } from '../record/settings/file.ts';
import { metricsProblem, runnerLogProblem } from '../record/settings/path-problems.ts';
import { broken, careful, check, type Finding, fine, shellPath } from './check.ts';

/** With less free space than this, Sexton will soon be unable to write its files. */
const LOW_SPACE_BYTES = 50_000_000;

export interface FilesSight {
  directories: Directories;
  settingsPath: string;
  settingsProblems: readonly SettingsProblem[];
  /** Paths from the settings; empty if not set. */
  runnerLogPath: string;
  metricsPath: string;
}

/** The checks of Sexton's own files. */
export async function filesChecks(sight: FilesSight): Promise<DoctorCheck[]> {
  const { directories, settingsPath, settingsProblems, runnerLogPath, metricsPath } = sight;
  const edit = editCommand(settingsPath);
  return [
    check('settings', 'Settings', await settingsFinding(settingsPath, settingsProblems)),
    check('journal', 'Journal', await journalFinding(directories.logs)),
    check('state', 'State files', await stateFinding(directories.state)),
    ...namedFile('runner-log', "Bots' log", runnerLogPath, await runnerLogProblem(runnerLogPath), edit),
    ...namedFile('metrics', 'Metrics file', metricsPath, await metricsProblem(metricsPath), edit),
  ];
}

/** The check of a file from the settings; none if it is not set. */
function namedFile(id: string, title: string, path: string, problem: Problem | null, edit: string): DoctorCheck[] {
  if (path === '') return [];
  return [check(id, title, problem === null ? fine(path) : careful(problem.hint, edit))];
}

/** The command that opens the settings file. */
export function editCommand(path: string): string {
  return `"\${EDITOR:-nano}" ${shellPath(path)}`;
}

async function settingsFinding(path: string, problems: readonly SettingsProblem[]): Promise<Finding> {
  const there = await access(path).then(
    () => true,
    () => false,
  );
  const edit = editCommand(path);
  if (problems.length > 0) {
    const words = problems.map(({ message }) => message).join(' ');
    const grave = problems.some(({ source, code }) => source === 'file' && code !== 'unknown-name');
    return grave ? broken(words, edit) : careful(words, edit);
  }
  const missing = await unwritable(path);
  if (missing !== null) return careful(`Sexton cannot change ${path}.`, missing);
  return fine(there ? path : `${path} does not exist yet, so Sexton uses the defaults.`);
}

async function journalFinding(directory: string): Promise<Finding> {
  const path = journalPath(directory);
  const lost = await unwritable(path);
  if (lost !== null) {
    return broken(`Sexton cannot write ${path}: automatic cleaning stops, and nothing it does is recorded.`, lost);
  }
  const { files, bytes } = await journalSize(directory);
  const words =
    files === 0
      ? `${path} · nothing recorded yet`
      : `${path} · ${sizeWords(bytes)} in ${files} file${files === 1 ? '' : 's'}`;
  const free = await freeBytes(directory);
  if (free !== null && free < LOW_SPACE_BYTES) {
    return careful(`${words}. Only ${sizeWords(free)} of disk space left.`, `df -h ${shellPath(directory)}`);
  }
  return fine(words);
}

async function stateFinding(directory: string): Promise<Finding> {
  const lost = await unwritable(join(directory, 'history'));
  if (lost === null) return keptAsideFinding(directory);
  return broken(
    `Sexton cannot write ${directory}: it loses history, circuit breaker and guided restart when it ends.`,
    lost,
  );
}

/** Files that were damaged stay until a person removes them. */
async function keptAsideFinding(directory: string): Promise<Finding> {
  const names = await readdir(directory).catch(() => []);
  const aside = names.filter((name) => KEPT_ASIDE.test(name)).toSorted();
  if (aside.length === 0) return fine(`${directory} · history, circuit breaker, pause and guided restart`);
  const words = aside.length === 1 ? 'A damaged file is' : `${aside.length} damaged files are`;
  const remove = `rm ${aside.map((name) => shellPath(join(directory, name))).join(' ')}`;
  return careful(`${words} kept aside in ${directory}: ${aside.join(', ')}. Remove what you do not need.`, remove);
}

/** A broken file's name, as `moveAside` gives it. */
const KEPT_ASIDE = /^[a-z]+\.json\.broken-/;

/** The command that makes a path writable; null if it already is. A missing path is judged by the folder it would be created in. */
async function unwritable(path: string): Promise<string | null> {
  for (let at = path; ; at = dirname(at)) {
    try {
      const found = await stat(at);
      if (at !== path && !found.isDirectory()) return `mv ${shellPath(at)} ${shellPath(`${at}.old`)}`;
      await access(at, found.isDirectory() ? constants.W_OK | constants.X_OK : constants.W_OK);
      return null;
    } catch (thrown) {
      const code = (thrown as NodeJS.ErrnoException).code;
      if (code === 'ENOTDIR' || (code === 'ENOENT' && at !== dirname(at))) continue;
      return code === 'EROFS'
        ? `mount | grep ${shellPath(dirname(at))}   # the disk is read-only`
        : `sudo chown -R "$(id -un)" ${shellPath(at)}`;
    }
  }
}

async function journalSize(directory: string): Promise<{ files: number; bytes: number }> {
  const paths = Array.from({ length: KEPT_FILES + 1 }, (_, index) => journalPath(directory, index));
  const sizes = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        ({ size }) => [size],
        () => [],
      ),
    ),
  );
  return { files: sizes.flat().length, bytes: sizes.flat().reduce((sum, size) => sum + size, 0) };
}

async function freeBytes(directory: string): Promise<number | null> {
  return statfs(directory).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => null,
  );
}

function sizeWords(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1_000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
