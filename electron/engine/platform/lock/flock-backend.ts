import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FlockTool, runOnDescriptor, TRY_TOOLS } from './flock-tools.ts';

/** The result of one attempt. `busy`: another process holds the lock; `error` carries the system's message. */
export type TryOutcome = { kind: 'locked' } | { kind: 'busy' } | { kind: 'error'; detail: string };

/** A way to call flock(2) with LOCK_EX | LOCK_NB on a descriptor of this process; closing the descriptor releases the lock. */
export interface FlockBackend {
  readonly name: 'koffi' | 'flock' | 'perl';
  tryLock(fd: number): Promise<TryOutcome>;
}

const LOCK_EX_NB = 2 | 4;
const TRY_TIMEOUT_MS = 5_000;

/** Calls the C library's flock; throws when koffi's native part cannot be loaded on this machine. */
export async function createKoffiBackend(): Promise<FlockBackend> {
  const { default: koffi } = await import('koffi');
  const flock = koffi.load(null).func('int flock(int, int)');
  const wouldBlock = koffi.os.errno.EWOULDBLOCK ?? koffi.os.errno.EAGAIN;
  const interrupted = koffi.os.errno.EINTR;
  return {
    name: 'koffi',
    tryLock: async (fd) => {
      for (;;) {
        if (flock(fd, LOCK_EX_NB) === 0) return { kind: 'locked' };
        const errno = koffi.errno();
        if (errno === wouldBlock) return { kind: 'busy' };
        if (errno !== interrupted) return { kind: 'error', detail: `errno ${errno}` };
      }
    },
  };
}

/** Has a small program lock the descriptor it inherits: needs no native code, but a process per attempt. */
export function createToolBackend(name: 'flock' | 'perl', tool: FlockTool = TRY_TOOLS[name]): FlockBackend {
  return {
    name,
    tryLock: async (fd) => {
      const run = runOnDescriptor(tool, fd);
      const timer = setTimeout(run.kill, TRY_TIMEOUT_MS);
      const end = await run.ended;
      clearTimeout(timer);
      if (end === 0) return { kind: 'locked' };
      return end === 1 ? { kind: 'busy' } : { kind: 'error', detail: `${tool.file} ended with ${end}` };
    },
  };
}

/** The chosen back-end, and why earlier candidates were rejected; empty when the first one works. */
export interface BackendChoice {
  backend: FlockBackend | null;
  rejected: { name: string; reason: string }[];
}

/** How a system takes flock(2). */
export interface FlockWays {
  /** Best first. */
  backends: readonly FlockBackend['name'][];
  /** Best first. */
  waitTools: readonly FlockTool[];
  /** Asks the kernel whether the descriptor has a flock(2) lock, and says what is wrong; `null` when nothing is, or it cannot be asked. */
  doubt(fd: number): Promise<string | null>;
}

/** The first back-end that proves itself; `backend` is `null` when none does. */
export async function chooseBackend({
  backends,
  doubt,
}: Pick<FlockWays, 'backends' | 'doubt'>): Promise<BackendChoice> {
  const rejected: BackendChoice['rejected'] = [];
  for (const name of backends) {
    try {
      const backend = name === 'koffi' ? await createKoffiBackend() : createToolBackend(name);
      const fault = await selfTest(backend, doubt);
      if (fault === null) return { backend, rejected };
      rejected.push({ name, reason: fault });
    } catch (error) {
      rejected.push({ name, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { backend: null, rejected };
}

/**
 * Proves on a file of its own that the back-end takes flock(2) locks that exclude: a second descriptor must be refused while the
 * first holds, and served afterwards; and the kernel must not doubt that it is a flock(2) lock. Answers what is wrong, or `null`.
 */
export async function selfTest(backend: FlockBackend, doubt: FlockWays['doubt']): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), 'sexton-flock-'));
  const path = join(folder, 'lock');
  const first = await open(path, 'w+');
  const second = await open(path, 'r');
  try {
    const taken = await backend.tryLock(first.fd);
    if (taken.kind !== 'locked') return `a free file could not be locked (${inWords(taken)})`;
    const doubted = await doubt(first.fd);
    if (doubted !== null) return doubted;
    const refused = await backend.tryLock(second.fd);
    if (refused.kind !== 'busy') return `a second descriptor was not refused (${inWords(refused)})`;
    await first.close();
    const freed = await backend.tryLock(second.fd);
    return freed.kind === 'locked' ? null : `the lock outlived its descriptor (${inWords(freed)})`;
  } finally {
    await first.close();
    await second.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function inWords(outcome: TryOutcome): string {
  return outcome.kind === 'error' ? outcome.detail : outcome.kind;
}
