import { basename } from 'node:path';
import { type Commanded, readInvocation } from './invocation.ts';

/** How a person works inside the process, so that stopping it loses what is in its memory. */
export type Interactive = 'notebook' | 'debugger' | 'prompt';

/** Matches the first part of a module's name, or a program's name. */
const NOTEBOOK = /^(ipykernel(_launcher)?|jupyter([-_].*)?|jupyterlab|notebook|nbclassic|spyder[-_]kernels|marimo)$/i;
const PROMPT = /^(ipython[\d.]*|pt(i)?python[\d.]*|bpython([-_]\w+)?|idle[\d.]*|idlelib|pydevconsole)$/i;
/** Standard library modules that are a prompt when run. */
const PROMPT_MODULE = /^(code|asyncio|_pyrepl)$/;
const DEBUGGER = /^(debugpy|pydevd|i?pdb|pudb)$/i;
/** Scripts that these programs install under a name ending in `.py`; any other such file is the user's own. */
const BROUGHT_SCRIPT = /^(ipykernel_launcher|pydevconsole|pydevd|pdb|idle)\.pyw?$/i;

/**
 * Is a person likely to be working in this process: a notebook's kernel or server, Python under a debugger, or an
 * interactive Python? Judged by the command line alone; inline code (`-c`) and a script on stdin (`-`) are neither.
 */
export function interactiveKind(process: Commanded): Interactive | null {
  const { script, through, code, prompt } = readInvocation(process);
  if (through.some((name) => DEBUGGER.test(name))) return 'debugger';
  const names = [process.name, basename(process.executable ?? ''), basename(process.args[0] ?? '')];
  if (script?.kind === 'module') {
    const [top = ''] = script.given.split('.');
    names.push(top);
    if (PROMPT_MODULE.test(script.given)) return 'prompt';
  } else if (script !== null) names.push(programOf(basename(script.given)));
  if (names.some((name) => NOTEBOOK.test(name))) return 'notebook';
  if (names.some((name) => DEBUGGER.test(name))) return 'debugger';
  if (names.some((name) => PROMPT.test(name))) return 'prompt';
  // IDLE, kernels and debuggers also start their Python with a line of code.
  if (/\b(ipykernel|spyder_kernels)\b/.test(code ?? '')) return 'notebook';
  if (/\b(debugpy|pydevd|pdb)\b/.test(code ?? '')) return 'debugger';
  if (/\b(idlelib|IPython|pydevconsole)\b/.test(code ?? '')) return 'prompt';
  return prompt ? 'prompt' : null;
}

/** Drops `.py` from the name of a script that a program installs. */
function programOf(script: string): string {
  return BROUGHT_SCRIPT.test(script) ? script.replace(/\.pyw?$/i, '') : script;
}
