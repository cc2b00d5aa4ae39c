import type { Result } from '../../../../../shared/result.ts';
import { failure, success } from '../../../../../shared/result.ts';
import type { Problem } from '../../../../../shared/snapshot.ts';
import { redactArguments } from '../../redact.ts';
import type { ProcessRecord, ProcessTable } from '../../types.ts';
import { decodeArguments, hasVariable } from './arguments.ts';
import type { LibprocCalls } from './calls.ts';
import { unusable } from './problem.ts';
import type { KernelInfo, ShortInfo, StartTime } from './process-structs.ts';
import type { Look } from './read.ts';
import {
  createArgumentsReader,
  odd,
  readBsdInfo,
  readKernelInfos,
  readPath,
  readPids,
  readShortInfo,
  readUniqueInfo,
} from './read.ts';

/** After so many processes other work gets its turn. */
const YIELD_EVERY = 50;

/** So often a process is read anew when it became another one, or another program, while it was read. */
const ATTEMPTS = 3;

export interface LibprocProcesses {
  all(): Promise<Result<ProcessTable, Problem>>;
  of(pids: readonly number[]): Promise<Result<ProcessTable, Problem>>;
  /** One process, read this instant; `null` when there is none with this pid. Throws when that cannot be told. */
  one(pid: number): ProcessRecord | null;
  /** The pids of this user's processes whose environment has this variable with this value; nothing else of it is kept. */
  withVariable(name: string, value: string): Promise<Result<number[], Problem>>;
}

/**
 * Processes as the kernel describes them to libproc and sysctl. Every answer that is not exactly what it must be makes the whole
 * reading a failure: ps leads then.
 */
export function createLibprocProcesses(calls: LibprocCalls, self: { pid: number; uid: number }): LibprocProcesses {
  const readArguments = createArgumentsReader(calls);

  const readOnce = (pid: number, table: ReadonlyMap<number, KernelInfo>): Look<ProcessRecord> | 'changed' => {
    const before = readUniqueInfo(calls, pid);
    if (before.kind !== 'seen') return before;
    const short = readShortInfo(calls, pid);
    if (short.kind !== 'seen') return short;
    const own = short.value.uid === self.uid || self.uid === 0;
    const facts = own ? readOwnFacts(calls, short.value) : readForeignFacts(calls, short.value, table);
    if (facts.kind !== 'seen') return facts;
    const { corpse } = short.value;
    const path = corpse ? NOTHING : readPath(calls, pid);
    if (path.kind !== 'seen') return path;
    const words = corpse || !own ? NOTHING : readArguments(pid);
    if (words.kind !== 'seen') return words;
    const args = words.value === null ? [] : decodeArguments(words.value);
    if (args === null) return odd('sysctl(KERN_PROCARGS2) gave contents that cannot be');

    const after = readUniqueInfo(calls, pid);
    if (after.kind !== 'seen') return after;
    if (after.value.uniqueId !== before.value.uniqueId || after.value.version !== before.value.version)
      return 'changed';
    const { seconds, microseconds } = facts.value.start;
    return {
      kind: 'seen',
      value: {
        pid,
        ppid: short.value.ppid,
        uid: short.value.uid,
        startedAt: new Date(seconds * 1000 + Math.floor(microseconds / 1000)).toISOString(),
        startToken: `${seconds}.${String(microseconds).padStart(6, '0')}#${before.value.uniqueId}`,
        name: facts.value.name,
        executable: path.value,
        args: redactArguments(args),
        sessionLeader: facts.value.sessionLeader,
        corpse,
      },
    };
  };

  const read = (pid: number, table: ReadonlyMap<number, KernelInfo>): Look<ProcessRecord> => {
    if (!Number.isSafeInteger(pid) || pid < 1) return { kind: 'gone' };
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const look = readOnce(pid, table);
      if (look !== 'changed') return look;
    }
    return odd(`process ${pid} changes faster than it can be read`);
  };

  const collect = async (
    pids: readonly number[],
    table: ReadonlyMap<number, KernelInfo>,
  ): Promise<Result<ProcessTable, Problem>> => {
    const records = new Map<number, ProcessRecord>();
    for (const [index, pid] of pids.entries()) {
      if (index % YIELD_EVERY === 0) await new Promise((resolve) => setImmediate(resolve));
      const look = read(pid, table);
      if (look.kind === 'seen') records.set(pid, look.value);
      else if (look.kind === 'odd') return failure(unusable(look.detail));
      else if (look.kind === 'hidden') return failure(unusable(`process ${pid} is hidden from it`));
    }
    // What does not know the process that asks cannot be believed about others.
    const own = records.get(self.pid) ?? value(read(self.pid, table));
    return own !== null && own.uid === self.uid && own.executable !== null && !own.corpse
      ? success(records)
      : failure(unusable('it does not know the process that asks'));
  };

  return {
    all: async () => {
      const pids = readPids(calls);
      const table = readKernelInfos(calls);
      if (pids.kind !== 'seen') return failure(unusable(why(pids)));
      if (table.kind !== 'seen') return failure(unusable(why(table)));
      return collect(pids.value, table.value);
    },
    of: (pids) => collect([...new Set(pids)], new Map()),
    one: (pid) => {
      const look = read(pid, new Map());
      if (look.kind === 'seen') return look.value;
      if (look.kind === 'gone') return null;
      throw new Error(unusable(why(look)).hint);
    },
    withVariable: async (name, value) => {
      const pids = readPids(calls);
      if (pids.kind !== 'seen') return failure(unusable(why(pids)));
      const found: number[] = [];
      for (const [index, pid] of pids.value.entries()) {
        if (index % YIELD_EVERY === 0) await new Promise((resolve) => setImmediate(resolve));
        const look = readArguments(pid);
        if (look.kind === 'odd') return failure(unusable(look.detail));
        if (look.kind === 'seen' && look.value !== null && hasVariable(look.value, name, value)) found.push(pid);
      }
      return success(found);
    },
  };
}

const NOTHING: Look<null> = { kind: 'seen', value: null };

function value<Value>(look: Look<Value>): Value | null {
  return look.kind === 'seen' ? look.value : null;
}

function why(look: Exclude<Look<unknown>, { kind: 'seen' }>): string {
  return look.kind === 'odd' ? look.detail : `the answer is ${look.kind}`;
}

interface Facts {
  name: string;
  start: StartTime;
  sessionLeader: boolean;
}

function readOwnFacts(calls: LibprocCalls, short: ShortInfo): Look<Facts> {
  const look = readBsdInfo(calls, short.pid);
  // It has become another user's since.
  return look.kind === 'hidden' ? readForeignFacts(calls, short, new Map()) : look;
}

/** proc_bsdshortinfo knows neither start nor session; the kernel's process table tells both of everybody's processes. */
function readForeignFacts(calls: LibprocCalls, short: ShortInfo, table: ReadonlyMap<number, KernelInfo>): Look<Facts> {
  const known = table.get(short.pid);
  if (known !== undefined && known.uid === short.uid && known.ppid === short.ppid) {
    return { kind: 'seen', value: { ...known, name: short.name } };
  }
  const fresh = readKernelInfos(calls, short.pid);
  if (fresh.kind !== 'seen') return fresh;
  const info = fresh.value.get(short.pid);
  return info === undefined ? { kind: 'gone' } : { kind: 'seen', value: { ...info, name: short.name } };
}
