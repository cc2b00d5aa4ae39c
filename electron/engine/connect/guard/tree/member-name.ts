import { describeProcess, scriptBasename } from '../../../observe/process/scripts.ts';
import type { ProcessRecord } from '../../../platform/types.ts';
import { isInterpreter } from './members.ts';

/** Maximum length of a title that a process gave itself. */
const TITLE_MAX = 40;

/**
 * The name of a member of a guard's tree. A process without a script of its own is named after the bot: a worker of
 * Python's multiprocessing, inline code, a script on stdin. A process that gave itself a title is named by it.
 */
export function memberName(process: ProcessRecord, bot: string): string {
  const { name } = describeProcess(process);
  const [title = '', ...rest] = process.args;
  if (scriptBasename(process) !== null || !isInterpreter(process)) return name;
  if (rest.some((argument) => /^--multiprocessing-fork$|\bmultiprocessing\./.test(argument))) return `${bot}, worker`;
  if (title !== '' && !isInterpreter({ ...process, executable: null, name: '' })) return cut(title);
  if (rest[0] === '-' || rest.some((argument) => /^-[A-Za-z]*c$/.test(argument))) return `${name}, of ${bot}`;
  return name;
}

function cut(title: string): string {
  return title.length > TITLE_MAX ? `${title.slice(0, TITLE_MAX)}…` : title;
}
