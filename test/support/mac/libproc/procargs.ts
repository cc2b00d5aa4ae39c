/** What the kernel keeps of a program's start. */
export interface Started {
  /** As it was given to execve(2). */
  path: string;
  args: readonly string[];
  /** Absent where macOS hides it: another program's that is restricted. */
  environment?: readonly string[];
}

/** The kernel's own strings behind the environment. */
const APPLE = ['ptr_munge=', 'main_stack=', 'executable_file=0x1a01000011,0x2d4f', 'dyld_file=0x1a01000011,0xfffffff'];

/**
 * The answer of sysctl(KERN_PROCARGS2): argc, the path, NULs up to a multiple of 8 from where it begins, the arguments, the environment, NULs
 * up to the next multiple of 8, and the kernel's strings (exec_extract_strings and exec_copyout_strings in xnu's bsd/kern/kern_exec.c,
 * sysctl_procargsx in kern_sysctl.c).
 */
export function procargs({ path, args, environment }: Started): Buffer {
  const count = Buffer.alloc(4);
  count.writeInt32LE(args.length);
  const head = Buffer.concat([aligned(`${path}\0`), text(args)]);
  if (environment === undefined) return Buffer.concat([count, head]);
  return Buffer.concat([count, aligned(Buffer.concat([head, text(environment)])), aligned(text(APPLE))]);
}

function text(strings: readonly string[]): Buffer {
  return Buffer.from(strings.map((string) => `${string}\0`).join(''));
}

function aligned(data: string | Buffer): Buffer {
  const bytes = Buffer.from(data);
  return Buffer.concat([bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)]);
}
