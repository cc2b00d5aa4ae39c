import type { LockError } from '../../../shared/lock.ts';
import { failure, type Result, success } from '../../../shared/result.ts';
import type { LockState, ProcessRef } from '../../../shared/snapshot.ts';
import { describeProcess } from '../observe/process/scripts.ts';
import type { FlockRequest } from '../platform/lock/flock.ts';
import { isLockWaiter } from '../platform/lock/flock-tools.ts';
import type { LockSighting } from '../platform/lock/sighting.ts';
import type { Platform, ProcessRecord } from '../platform/types.ts';

/** The handshake lock while this process holds it. It is released when the process dies; releasing twice is harmless. */
export interface HeldLock {
  readonly path: string;
  readonly since: string;
  release(): Promise<void>;
}

/** The lock that all bots take around their handshake, so that there is one handshake at a time. */
export interface HandshakeLock {
  /** Waits up to `timeoutMs` in the same queue as everybody else; 0 tries once. A timeout's error names the holder. */
  acquire(request: FlockRequest): Promise<Result<HeldLock, LockError>>;
  /** Who holds it and who waits, by observation only; reads at most once a second and returns the last answer in between. */
  observe(path: string): Promise<LockState>;
}

export interface HandshakeLockParts {
  platform: Pick<Platform, 'flock' | 'lockLook' | 'readProcessesOf'>;
  now?: () => Date;
  /** Monotonic milliseconds. */
  clock?: () => number;
}

const LOOK_EVERY_MS = 1_000;

export function createHandshakeLock({
  platform,
  now = () => new Date(),
  clock = () => performance.now(),
}: HandshakeLockParts): HandshakeLock {
  let last: { path: string; lookedAt: number; state: Promise<LockState> } | null = null;
  let remembered: { key: string; since: string } | null = null;

  /** The oldest process took it; the others are its forks, which inherited the descriptor. */
  const holderOf = async (sighting: LockSighting): Promise<ProcessRef | null> => {
    const holders = await describeAll(platform, sighting.holders);
    return holders.toSorted((one, other) => one.startedAt.localeCompare(other.startedAt))[0] ?? null;
  };

  const observeNow = async (path: string): Promise<LockState> => {
    const sighting = await platform.lockLook(path);
    const [holder, waiters] = await Promise.all([holderOf(sighting), describeAll(platform, sighting.waiters)]);
    if (sighting.kind !== 'held') {
      if (sighting.kind === 'free') remembered = null;
      return { kind: sighting.kind, path, holder: null, since: null, waiters };
    }
    const key = `${path}\n${holder?.pid}\n${holder?.startedAt}`;
    if (remembered?.key !== key) remembered = { key, since: now().toISOString() };
    const inherited =
      sighting.inherited && holder !== null && !tookByHelper(holder) ? { inherited: true as const } : {};
    return { kind: 'held', path, holder, since: remembered.since, waiters, ...inherited };
  };

  return {
    acquire: async (request) => {
      const started = clock();
      const result = await platform.flock.lock(request);
      const { path } = request;
      if (result.ok) return success({ path, since: now().toISOString(), release: result.value.release });
      const waitedMs = Math.round(clock() - started);
      const { code, detail } = result.error;
      if (code !== 'timeout') return failure({ code, detail, path, waitedMs, holder: null });
      return failure({
        code,
        detail,
        path,
        waitedMs: request.timeoutMs,
        holder: await holderOf(await platform.lockLook(path)),
      });
    },
    observe: (path) => {
      if (last?.path !== path || clock() - last.lookedAt >= LOOK_EVERY_MS) {
        last = { path, lookedAt: clock(), state: observeNow(path) };
      }
      return last.state;
    },
  };
}

/** Sexton waits through a helper that ends once the lock is Sexton's. That looks like an inherited lock but is not one. */
function tookByHelper({ pid, commandLine }: ProcessRef): boolean {
  return pid === process.pid || /(?:^|[\s/])(?:sexton(?:\.mjs)?|cli\.ts) (?:guard|lock)\b/.test(commandLine);
}

/** The processes in words; a helper that waits for its parent is reported as its parent. Ended processes are left out. */
async function describeAll(
  platform: Pick<Platform, 'readProcessesOf'>,
  pids: readonly number[],
): Promise<ProcessRef[]> {
  const records = await readRecords(platform, pids);
  const parents = await readRecords(
    platform,
    records.filter(({ args }) => isLockWaiter(args)).map(({ ppid }) => ppid),
  );
  const refs = new Map<number, ProcessRef>();
  for (const record of records) {
    const stand = isLockWaiter(record.args) ? parents.find(({ pid }) => pid === record.ppid) : record;
    if (stand !== undefined && !stand.corpse) refs.set(stand.pid, describeProcess(stand));
  }
  return [...refs.values()];
}

async function readRecords(
  platform: Pick<Platform, 'readProcessesOf'>,
  pids: readonly number[],
): Promise<ProcessRecord[]> {
  if (pids.length === 0) return [];
  const table = await platform.readProcessesOf(pids);
  return table.ok ? pids.flatMap((pid) => table.value.get(pid) ?? []) : [];
}
