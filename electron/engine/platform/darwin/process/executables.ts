import { basename } from 'node:path';
import type { RunTool } from '../../run/command.ts';
import { isCutOff } from '../../run/command.ts';

/** After lsof failed it is left alone for so long: one that hangs must not hold up every look at processes. */
const RETRY_MS = 30_000;

/** lsof tells so many bytes of a command's name (pbi_name of proc_bsdinfo, without its NUL). */
const NAME_BYTES = 31;

/** The executables of these processes as far as lsof can tell; `null` when it gave no answer. */
export type ReadExecutables = (pids: readonly number[]) => Promise<ReadonlyMap<number, string> | null>;

/**
 * Asks lsof for the executables. `ps -o comm` cannot tell them: it prints argv[0], which is whatever the program was called with or has
 * written there itself.
 */
export function createReadExecutables(run: RunTool, now: () => number = () => performance.now()): ReadExecutables {
  let failedAt: number | null = null;
  return async (pids) => {
    if (pids.length === 0) return new Map();
    if (failedAt !== null && now() - failedAt < RETRY_MS) return null;
    const output = await run('lsof', ['-nPwb', '-a', '-p', pids.join(','), '-d', 'txt', '-F', 'pcfn0']);
    failedAt = output.ok && !isCutOff(output.value) && output.value.stderr.trim() === '' ? null : now();
    return failedAt === null && output.ok ? parseExecutables(output.value.stdout) : null;
  };
}

/**
 * Executables by pid in `lsof -d txt -F pcfn0` output. The first mapped file is the executable, except when that one has been deleted:
 * lsof leaves it out and begins with a library. The kernel's own name of the program tells the two apart.
 */
export function parseExecutables(text: string): Map<number, string> {
  const executables = new Map<number, string>();
  for (const { pid, name, first } of processesOf(text)) {
    if (first?.startsWith('/') && isNamedSo(first, name)) executables.set(pid, first);
  }
  return executables;
}

function* processesOf(text: string): Generator<{ pid: number; name: string; first: string | null }> {
  let current: { pid: number; name: string; first: string | null } | null = null;
  for (const piece of text.split(/\0\n?/)) {
    const value = piece.slice(1);
    if (piece.startsWith('p')) {
      if (current !== null) yield current;
      current = /^[1-9]\d{0,9}$/.test(value) ? { pid: Number(value), name: '', first: null } : null;
    } else if (current !== null && piece.startsWith('c')) current.name = unescapeName(value);
    else if (current !== null && piece.startsWith('n')) current.first ??= unescapeName(value);
  }
  if (current !== null) yield current;
}

/** The file system may not tell upper and lower case apart, and the kernel's name is the one that was asked for. */
function isNamedSo(path: string, name: string): boolean {
  const [file, told] = [basename(path), name].map((text) => Buffer.from(text.toLowerCase()).subarray(0, NAME_BYTES));
  return told !== undefined && told.length > 0 && file?.equals(told) === true;
}

/** In the C locale lsof prints the bytes of other characters as `\xc3\xa9`, and a backslash twice. */
function unescapeName(text: string): string {
  if (!text.includes('\\')) return text;
  const bytes = text.split(/(\\x[\da-f]{2}|\\\\)/).map((part, at) => {
    if (at % 2 === 0) return Buffer.from(part);
    return part === '\\\\' ? Buffer.from('\\') : Buffer.from(part.slice(2), 'hex');
  });
  return Buffer.concat(bytes).toString('utf8');
}
