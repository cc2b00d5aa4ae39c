import type { FileHandle } from 'node:fs/promises';
import { failure, type Result, success } from '../../../../shared/result.ts';
import { type BackendChoice, chooseBackend, type FlockBackend, type FlockWays } from './flock-backend.ts';
import { type FlockError, openLockFile, stillAt } from './flock-open.ts';
import { type FlockTool, runOnDescriptor } from './flock-tools.ts';

export type { FlockError } from './flock-open.ts';

/** An exclusive flock(2) that this process holds until it releases it or dies, however it dies. */
export interface HeldFile {
  release(): Promise<void>;
}

export interface FlockRequest {
  /** Absolute path of the lock file. */
  path: string;
  /** How long to wait for it; 0 tries once. */
  timeoutMs: number;
  signal?: AbortSignal;
}

/** Exclusive locks on files, the same kind that Python's `fcntl.flock` takes. */
export interface Flock {
  lock(request: FlockRequest): Promise<Result<HeldFile, FlockError>>;
}

/** The parts of a lock; tests pass a single back-end or waiting tool. */
export interface FlockParts {
  backend: FlockBackend;
  /** Best first; without a usable one the lock is polled, which is not fair. */
  waitTools: readonly FlockTool[];
}

/** How often to check whether the lock file was replaced or removed from /tmp while we wait for the old one. */
const RECHECK_MS = 250;
const POLL_MS = 25;
/** How often a waiting tool that was killed is restarted before the next one is tried. */
const RESTARTS = 3;

type WaitEnd = 'locked' | 'replaced' | 'timeout' | 'aborted' | FlockError;

/** Locks on this machine's best proven back-end. */
export interface SystemFlock extends Flock {
  /** Proves the back-ends anew. */
  prove(): Promise<BackendChoice>;
}

/** A lock by the system's ways; its back-end is chosen at the first use and then kept. */
export function createSystemFlock(ways: FlockWays): SystemFlock {
  let choice: Promise<BackendChoice> | null = null;
  let flock: Flock | null = null;
  const choose = () => {
    choice ??= chooseBackend(ways);
    return choice;
  };
  return {
    prove: () => chooseBackend(ways),
    lock: async (request) => {
      const { backend, rejected } = await choose();
      if (backend === null) {
        const detail = rejected.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
        return failure({ code: 'unavailable', detail });
      }
      flock ??= createFlock({ backend, waitTools: ways.waitTools });
      return flock.lock(request);
    },
  };
}

export function createFlock({ backend, waitTools }: FlockParts): Flock {
  const usable = new Set(waitTools);
  return {
    lock: async ({ path, timeoutMs, signal }) => {
      const deadline = performance.now() + timeoutMs;
      for (;;) {
        if (signal?.aborted) return failure({ code: 'aborted', detail: '' });
        const opened = await openLockFile(path);
        if (!opened.ok) return opened;
        const wait = new Wait(path, opened.value, deadline, signal);
        const end = await wait.run(backend, usable);
        if (end === 'locked' && (await stillAt(path, opened.value))) return success(held(opened.value));
        await opened.value.close();
        if (typeof end === 'object') return failure(end);
        if (end === 'timeout' || end === 'aborted') return failure({ code: end, detail: '' });
        if (performance.now() >= deadline && timeoutMs > 0) return failure({ code: 'timeout', detail: '' });
      }
    },
  };
}

function held(handle: FileHandle): HeldFile {
  let released: Promise<void> | null = null;
  return {
    release: () => {
      released ??= handle.close();
      return released;
    },
  };
}

/** One wait for the lock on one open file; ends early when the path leads to another file. */
class Wait {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #deadline: number;
  readonly #signal: AbortSignal | undefined;

  constructor(path: string, handle: FileHandle, deadline: number, signal: AbortSignal | undefined) {
    this.#path = path;
    this.#handle = handle;
    this.#deadline = deadline;
    this.#signal = signal;
  }

  async run(backend: FlockBackend, usable: Set<FlockTool>): Promise<WaitEnd> {
    const first = await this.#attempt(backend);
    if (first !== 'busy') return first;
    for (const tool of usable) {
      let end = await this.#waitWith(tool);
      for (let again = 0; end === 'killed' && again < RESTARTS; again++) end = await this.#waitWith(tool);
      if (end !== 'unusable' && end !== 'killed') return end;
      usable.delete(tool);
    }
    return this.#poll(backend);
  }

  async #attempt(backend: FlockBackend): Promise<'locked' | 'busy' | FlockError> {
    const outcome = await backend.tryLock(this.#handle.fd);
    return outcome.kind === 'error' ? { code: 'failed', detail: outcome.detail } : outcome.kind;
  }

  async #waitWith(tool: FlockTool): Promise<WaitEnd | 'unusable' | 'killed'> {
    const early = this.#overdue();
    if (early !== null) return early;
    const run = runOnDescriptor(tool, this.#handle.fd);
    let why: 'replaced' | 'timeout' | 'aborted' | null = null;
    const stop = (reason: 'replaced' | 'timeout' | 'aborted') => {
      why ??= reason;
      run.kill();
    };
    const onAbort = () => stop('aborted');
    const timer = setTimeout(() => stop('timeout'), Math.max(0, this.#deadline - performance.now()));
    const recheck = setInterval(async () => {
      if (!(await stillAt(this.#path, this.#handle))) stop('replaced');
    }, RECHECK_MS);
    this.#signal?.addEventListener('abort', onAbort, { once: true });
    const code = await run.ended;
    clearTimeout(timer);
    clearInterval(recheck);
    this.#signal?.removeEventListener('abort', onAbort);
    // A helper that got the lock just before it was killed still exits with 0: then the lock is ours.
    if (code === 0) return why === 'aborted' ? 'aborted' : 'locked';
    return why ?? (code === 'signal' ? 'killed' : 'unusable');
  }

  /** Starves behind waiters in the kernel's queue; only for machines without any waiting tool. */
  async #poll(backend: FlockBackend): Promise<WaitEnd> {
    let nextLook = performance.now() + RECHECK_MS;
    for (;;) {
      const early = this.#overdue();
      if (early !== null) return early;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      const outcome = await this.#attempt(backend);
      if (outcome !== 'busy') return outcome;
      if (performance.now() < nextLook) continue;
      nextLook = performance.now() + RECHECK_MS;
      if (!(await stillAt(this.#path, this.#handle))) return 'replaced';
    }
  }

  #overdue(): 'timeout' | 'aborted' | null {
    if (this.#signal?.aborted) return 'aborted';
    return performance.now() >= this.#deadline ? 'timeout' : null;
  }
}
