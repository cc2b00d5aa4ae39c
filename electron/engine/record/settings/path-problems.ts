import { constants, type Stats } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Problem } from '../../../../shared/snapshot.ts';
import { type FileError, fileErrorWords, systemCode } from '../files/file-error.ts';

/** Why the bots' log cannot be followed; `null` when it can, or when none is set (an empty path). */
export async function runnerLogProblem(path: string): Promise<Problem | null> {
  if (path === '') return null;
  const found = await stat(path).catch(systemCode);
  if (typeof found !== 'string') {
    if (!found.isFile()) return runnerLog('tool-failed', `${path} is not a file`);
    const refused = await access(path, constants.R_OK).then(() => '', systemCode);
    return refused === '' ? null : runnerLog('not-permitted', `${path} may not be read (${refused})`);
  }
  if (found === 'ENOENT' || found === 'ENOTDIR') return runnerLog('tool-failed', `${path} does not exist`);
  return runnerLog('not-permitted', `${path} may not be read (${found})`);
}

function runnerLog(code: Problem['code'], what: string): Problem {
  const hint = `runnerLogPath: ${what}, so the bots' own circuit breaker is not known. Correct the path in the settings, or start the bot that writes it.`;
  return { code, tool: 'runnerLogPath', hint };
}

/** Why the metrics file cannot be written; `null` when it can, or when none is set (an empty path). It writes nothing. */
export async function metricsProblem(path: string): Promise<Problem | null> {
  if (path === '') return null;
  const target = await realpath(path).catch(() => path);
  const there = await stat(target).catch(() => null);
  if (there?.isDirectory()) return metrics('tool-failed', `${path} is a folder`);
  const folder = dirname(target);
  const found: Stats | string = await stat(folder).catch(systemCode);
  if (typeof found === 'string' || !found.isDirectory())
    return metrics('tool-failed', `${path} has no folder to be written in`);
  const refused = await access(folder, constants.W_OK | constants.X_OK).then(() => '', systemCode);
  return refused === '' ? null : metrics('not-permitted', `${path} may not be written (${refused})`);
}

/** What a failed write of the metrics file means. */
export function metricsNotWritten(error: FileError): Problem {
  return metrics(error.code === 'not-permitted' ? 'not-permitted' : 'tool-failed', fileErrorWords(error));
}

function metrics(code: Problem['code'], what: string): Problem {
  return {
    code,
    tool: 'metricsPath',
    hint: `metricsPath: ${what}, so no metrics are written. Correct the path in the settings.`,
  };
}
