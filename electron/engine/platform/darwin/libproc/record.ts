import { redactArguments } from '../../process/redact.ts';
import type { ProcessRecord } from '../../types.ts';
import { decodeArguments } from './arguments.ts';
import type { LibprocCalls } from './calls.ts';
import type { KernelInfo, ShortInfo, StartTime } from './process-structs.ts';
import type { Look, ReadArguments } from './read.ts';
import { odd, readBsdInfo, readKernelInfos, readPath, readShortInfo, readUniqueInfo } from './read.ts';

/** So often a process is read anew when it became another program, or its pid another process's, while it was read. */
const ATTEMPTS = 3;

/** Reads one process. `table` may have the kernel's rows of several; what is not in it is asked for. */
export type ReadRecord = (pid: number, table: ReadonlyMap<number, KernelInfo>) => Look<ProcessRecord>;

/** Puts a process's record together from several calls, and makes sure that all of them were about the same process and program. */
export function createRecordReader(calls: LibprocCalls, uid: number, readArguments: ReadArguments): ReadRecord {
  const readOnce = (
    pid: number,
    table: ReadonlyMap<number, KernelInfo>,
  ): Look<{ record: ProcessRecord; change: 'none' | 'program' | 'process' }> => {
    const before = readUniqueInfo(calls, pid);
    if (before.kind !== 'seen') return before;
    const short = readShortInfo(calls, pid);
    if (short.kind !== 'seen') return short;
    const own = short.value.uid === uid || uid === 0;
    const facts = own ? readOwnFacts(calls, short.value) : readForeignFacts(calls, short.value, table);
    if (facts.kind !== 'seen') return facts;
    const { corpse } = short.value;
    const path = corpse ? NOTHING : readPath(calls, pid);
    if (path.kind !== 'seen') return path;
    const words = corpse || !own ? NOTHING : readArguments(pid);
    if (words.kind !== 'seen') return words;
    // They come from the process's own memory, where it may write what it likes: that is no fault of libproc.
    const args = (words.value === null ? null : decodeArguments(words.value)) ?? [];
    const after = readUniqueInfo(calls, pid);
    if (after.kind !== 'seen') return after;

    const { uniqueId, version } = before.value;
    const { seconds, microseconds } = facts.value.start;
    const record: ProcessRecord = {
      pid,
      ppid: short.value.ppid,
      uid: short.value.uid,
      startedAt: new Date(seconds * 1000 + Math.floor(microseconds / 1000)).toISOString(),
      startToken: `${seconds}.${String(microseconds).padStart(6, '0')}#${uniqueId}`,
      name: facts.value.name,
      executable: path.value,
      args: redactArguments(args),
      sessionLeader: facts.value.sessionLeader,
      corpse,
    };
    const sameProcess = after.value.uniqueId === uniqueId;
    const change = !sameProcess ? 'process' : after.value.version !== version ? 'program' : 'none';
    return { kind: 'seen', value: { record, change } };
  };

  return (pid, table) => {
    if (!Number.isSafeInteger(pid) || pid < 1) return { kind: 'gone' };
    let last: ProcessRecord | null = null;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const look = readOnce(pid, table);
      if (look.kind !== 'seen') return look;
      const { record, change } = look.value;
      if (change === 'none') return { kind: 'seen', value: record };
      last = change === 'program' ? record : null;
    }
    // Which program it is cannot be told, and an unknown one is never signalled.
    if (last !== null) return { kind: 'seen', value: { ...last, executable: null, args: [] } };
    return odd(`pid ${pid} passes from process to process`);
  };
}

const NOTHING: Look<null> = { kind: 'seen', value: null };

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
