import type { LockSighting } from '../lock/sighting.ts';
import type { RunTool } from '../run/command.ts';

/** Set in the flags of an open file on which flock(2) succeeded (`FHASLOCK` in XNU's sys/fcntl.h). */
const HAS_LOCK = 0x4000;

/**
 * `-X`: without it lsof looks at every mapped file of every process. `-S 2`: a network volume that does not answer costs two seconds and
 * not fifteen; `-b`, which would cost none, makes lsof refuse every file.
 */
const DESCRIPTORS_ALONE = ['-w', '-X', '-S', '2'];

/**
 * Reads who holds the lock from `lsof`'s open-file flags. Whoever has the file open without the lock is taken for a waiter: bots open
 * it for nothing else. `null` when lsof let us down.
 */
export async function lookDarwin(path: string, run: RunTool): Promise<LockSighting | null> {
  const output = await run('lsof', [...DESCRIPTORS_ALONE, '-F', 'pcuLfG', '--', path]);
  // lsof ends with 1 when nobody has the file open; only a complaint tells that from a failure.
  if (!output.ok || output.value.stderr.trim() !== '') return null;
  return parseOpenFlags(output.value.stdout);
}

/** Holders and waiters in `lsof -F pcuLfG` output; `null` when an open file's flags are missing or unreadable. */
export function parseOpenFlags(text: string): LockSighting | null {
  const holders = new Set<number>();
  const others = new Set<number>();
  let pid: number | null = null;
  for (const line of text.split('\n')) {
    const field = line[0];
    const value = line.slice(1);
    if (field === 'p') {
      pid = /^[1-9]\d{0,9}$/.test(value) ? Number(value) : null;
      if (pid === null) return null;
    } else if (field === 'G') {
      const flags = /^0x([0-9a-f]{1,8})(;|$)/i.exec(value)?.[1];
      if (pid === null || flags === undefined) return null;
      (Number.parseInt(flags, 16) & HAS_LOCK ? holders : others).add(pid);
    }
  }
  const waiters = [...others].filter((waiter) => !holders.has(waiter));
  return { kind: holders.size > 0 ? 'held' : 'free', holders: [...holders], waiters };
}
