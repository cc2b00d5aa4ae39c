import type { Result } from '../../../../../shared/result.ts';
import { failure, success } from '../../../../../shared/result.ts';
import type { Problem } from '../../../../../shared/snapshot.ts';
import type { ProcessRecord, ProcessTable } from '../../types.ts';
import { hasVariable } from './arguments.ts';
import type { LibprocCalls } from './calls.ts';
import { unusable } from './problem.ts';
import type { KernelInfo } from './process-structs.ts';
import type { Look } from './read.ts';
import { createArgumentsReader, readKernelInfos, readPids } from './read.ts';
import { createRecordReader } from './record.ts';

/** After so many processes other work gets its turn. */
const YIELD_EVERY = 50;

export interface LibprocProcesses {
  all(): Promise<Result<ProcessTable, Problem>>;
  of(pids: readonly number[]): Promise<Result<ProcessTable, Problem>>;
  /** One process, read this instant; `null` when there is none with this pid. Throws when that cannot be told. */
  one(pid: number): ProcessRecord | null;
  /** The pids of this user's processes whose environment has this variable with this value; nothing else of it is kept. */
  withVariable(name: string, value: string): Promise<Result<number[], Problem>>;
}

/**
 * Processes as the kernel describes them to libproc and sysctl. A struct that is not exactly what it must be makes the whole reading a
 * failure: ps leads then.
 */
export function createLibprocProcesses(calls: LibprocCalls, self: { pid: number; uid: number }): LibprocProcesses {
  const readArguments = createArgumentsReader(calls);
  const read = createRecordReader(calls, self.uid, readArguments);

  const collect = async (
    pids: readonly number[],
    table: ReadonlyMap<number, KernelInfo>,
  ): Promise<Result<ProcessTable, Problem>> => {
    const records = new Map<number, ProcessRecord>();
    for await (const pid of inTurn(pids)) {
      const look = read(pid, table);
      if (look.kind === 'seen') records.set(pid, look.value);
      else if (look.kind !== 'gone') return failure(unusable(why(look)));
    }
    const own = records.get(self.pid) ?? found(read(self.pid, table));
    return own !== null && isCredible(own, self.uid)
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
      const marked: number[] = [];
      for await (const pid of inTurn(pids.value)) {
        const look = readArguments(pid);
        if (look.kind === 'odd') return failure(unusable(look.detail));
        if (look.kind === 'seen' && look.value !== null && hasVariable(look.value, name, value)) marked.push(pid);
      }
      return success(marked);
    },
  };
}

/** What does not know the process that asks, its program and its arguments, cannot be believed about others. */
function isCredible(own: ProcessRecord, uid: number): boolean {
  return own.uid === uid && own.executable !== null && own.args.length > 0 && !own.corpse;
}

async function* inTurn(pids: readonly number[]): AsyncGenerator<number> {
  for (const [index, pid] of pids.entries()) {
    if (index % YIELD_EVERY === 0) await new Promise((resolve) => setImmediate(resolve));
    yield pid;
  }
}

function found<Value>(look: Look<Value>): Value | null {
  return look.kind === 'seen' ? look.value : null;
}

function why(look: Exclude<Look<unknown>, { kind: 'seen' }>): string {
  return look.kind === 'odd' ? look.detail : `the answer is ${look.kind}`;
}
