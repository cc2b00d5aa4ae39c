/** Longer command lines are cut: a TWS class path takes about 10,000 bytes. */
const MAX_COMMAND_LINE = 128 * 1024;

/** The kernel aligns what follows the program's path to a pointer (exec_extract_strings in bsd/kern/kern_exec.c). */
const ALIGNMENT = 8;

const ARGC_BYTES = 4;

/**
 * The arguments in the answer of sysctl(KERN_PROCARGS2), split as the process got them: the count, the path that was executed,
 * NULs up to the next multiple of 8, the arguments, and after them the environment, which is not touched. They come from the process's
 * own memory, so a program that rewrote its title shows that. `null` when the bytes are no such answer. They may hold secrets.
 */
export function decodeArguments(data: Buffer): string[] | null {
  const found = findArguments(data);
  return found === null ? null : found.args;
}

/**
 * Whether the environment in an answer of sysctl(KERN_PROCARGS2) has this variable with this value. `null` when the bytes are no
 * such answer. The kernel leaves out the environment of Apple's own protected programs: then it has not.
 */
export function hasVariable(data: Buffer, name: string, value: string): boolean | null {
  const found = findArguments(data);
  if (found === null) return null;
  const wanted = Buffer.from(`\0${name}=${value}\0`);
  // The NUL before the first variable is the one that ends the last argument.
  return data.indexOf(wanted, Math.max(0, found.end - 1)) >= 0;
}

function findArguments(data: Buffer): { args: string[]; end: number } | null {
  if (data.length < ARGC_BYTES) return null;
  const count = data.readInt32LE(0);
  const pathEnd = data.indexOf(0, ARGC_BYTES);
  // An executable always has a path.
  if (count < 0 || pathEnd <= ARGC_BYTES) return null;
  const pathBytes = pathEnd + 1 - ARGC_BYTES;
  let at = ARGC_BYTES + Math.ceil(pathBytes / ALIGNMENT) * ALIGNMENT;
  if (at > data.length || data.subarray(pathEnd, at).some((byte) => byte !== 0)) return null;

  const args: string[] = [];
  const limit = at + MAX_COMMAND_LINE;
  for (let index = 0; index < count; index += 1) {
    const end = data.indexOf(0, at);
    // The kernel cuts behind a NUL, and strings of its own stand behind what a program may have written over.
    if (end < 0) return null;
    if (at < limit) args.push(data.toString('utf8', at, Math.min(end, limit)));
    at = end + 1;
  }
  return { args: trim(args), end: at };
}

/** Programs that rewrite their title leave a tail of NULs, which reads as empty arguments. */
function trim(args: string[]): string[] {
  let length = args.length;
  while (length > 1 && args[length - 1] === '') length -= 1;
  return args.slice(0, length);
}
