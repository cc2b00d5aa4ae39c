import type { LockSighting } from '../lock/sighting.ts';
import type { RunTool } from '../run/command.ts';
import { loadLibproc } from './libproc/calls.ts';
import { isLocked } from './libproc/lock.ts';

/** Whether anybody has the lock, without a word about who; `unknown` where the kernel cannot be asked. */
export type AskKernel = (path: string) => Promise<LockSighting['kind']>;

/** Asks by fcntl(F_GETLK), whose struct is part of POSIX and needs no comparison with lsof. */
export function createAskKernel(load: typeof loadLibproc = loadLibproc): AskKernel {
  let loading: ReturnType<typeof loadLibproc> | null = null;
  return async (path) => {
    loading ??= load();
    const calls = await loading;
    return calls.ok ? isLocked(calls.value, path) : 'unknown';
  };
}

/**
 * Who holds the lock: the kernel decides whether anybody does, and lsof names them. A free lock has neither holders nor waiters, so
 * lsof, whose dearest form this is, need not be run for it. Where the kernel cannot be asked lsof decides too.
 */
export async function observeDarwin(path: string, run: RunTool, ask: AskKernel): Promise<LockSighting | null> {
  const before = await ask(path);
  if (before === 'free') return { kind: 'free', holders: [], waiters: [] };
  const named = await lookDarwin(path, run);
  if (before === 'unknown') return named;
  // lsof takes its time: the lock may have been given back meanwhile.
  const now = await ask(path);
  if (now !== 'held') return { kind: now, holders: [], waiters: [] };
  return { kind: 'held', holders: named?.holders ?? [], waiters: named?.waiters ?? [] };
}

/** Set in the flags of an open file on which flock(2) once succeeded, and never cleared (`FWASLOCKED` in XNU's sys/fcntl.h). */
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
