import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import type { Result } from '../../../../shared/result.ts';
import { failure, success } from '../../../../shared/result.ts';
import type { Problem } from '../../../../shared/snapshot.ts';
import { redactArguments } from '../process/redact.ts';
import type { ProcessRecord, ProcessTable } from '../types.ts';

/** USER_HZ: the unit of times in /proc/PID/stat, 100 on every architecture Node runs on. */
const TICKS_PER_SECOND = 100;

/** Other work gets a turn after this many processes. */
const YIELD_EVERY = 100;

/** Longer command lines are truncated before they are redacted and kept; a TWS class path takes about 10,000. */
const MAX_COMMAND_LINE = 128 * 1024;
/** All reads share this buffer: they are synchronous, and each is converted to text before the next starts. */
const BUFFER = Buffer.allocUnsafe(MAX_COMMAND_LINE);

export interface LinuxProcesses {
  all(): Promise<Result<ProcessTable, Problem>>;
  of(pids: readonly number[]): Promise<Result<ProcessTable, Problem>>;
  /** One process, read now; `null` when no process has this pid. Throws when that cannot be told. */
  one(pid: number): ProcessRecord | null;
}

/** Reads processes from /proc, in-process and synchronously: ten processes take half a millisecond. */
export function createLinuxProcesses(): LinuxProcesses {
  const boot = readBoot();

  const collect = async (pids: readonly number[]): Promise<Result<ProcessTable, Problem>> => {
    if (boot === null) return failure(noProc);
    const table = new Map<number, ProcessRecord>();
    try {
      for (const [index, pid] of pids.entries()) {
        // Before the first one too: a tool that the caller started in parallel should not have to wait.
        if (index % YIELD_EVERY === 0) await new Promise((resolve) => setImmediate(resolve));
        const record = readVisible(pid, boot);
        if (record !== null) table.set(pid, record);
      }
      // If /proc does not even show this process, nothing it shows can be trusted.
      return readProcess(process.pid, boot) === null ? failure(noProc) : success(table);
    } catch {
      return failure(noProc);
    }
  };

  return {
    all: async () => {
      const names = listProc();
      return names === null ? failure(noProc) : collect(names.filter((name) => /^\d+$/.test(name)).map(Number));
    },
    of: (pids) => collect(pids),
    one: (pid) => {
      if (boot === null) throw new Error(noProc.hint);
      return readProcess(pid, boot);
    },
  };
}

function listProc(): string[] | null {
  try {
    return readdirSync('/proc');
  } catch {
    return null;
  }
}

/** A process that cannot be read (a /proc mounted with hidepid) counts as absent. */
function readVisible(pid: number, boot: Boot): ProcessRecord | null {
  try {
    return readProcess(pid, boot);
  } catch (error) {
    if (['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

const noProc: Problem = {
  code: 'tool-failed',
  tool: '/proc',
  hint: '/proc cannot be read or is of another pid namespace; mount its own: mount -t proc proc /proc',
};

interface Boot {
  id: string;
  /** Seconds since 1970. */
  at: number;
}

function readBoot(): Boot | null {
  try {
    // The /proc of another pid namespace (the host's, mounted into a container) describes other processes than kill(2)
    // would hit.
    if (readlinkSync('/proc/self') !== String(process.pid)) return null;
    const at = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1];
    return at === undefined
      ? null
      : { id: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(), at: Number(at) };
  } catch {
    return null;
  }
}

/** The fields of /proc/PID/stat that are needed. The name is in parentheses and may contain any character, including `)`. */
export function parseStat(text: string): {
  name: string;
  state: string;
  ppid: number;
  session: number;
  startTicks: number;
} | null {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) return null;
  const fields = text
    .slice(close + 1)
    .trim()
    .split(/\s+/);
  const [state, ppid, session, startTicks] = [fields[0], fields[1], fields[3], fields[19]];
  if (state === undefined || ![ppid, session, startTicks].every((field) => /^\d+$/.test(field ?? ''))) return null;
  return {
    name: text.slice(open + 1, close),
    state,
    ppid: Number(ppid),
    session: Number(session),
    startTicks: Number(startTicks),
  };
}

function readProcess(pid: number, boot: Boot): ProcessRecord | null {
  if (!Number.isSafeInteger(pid) || pid < 1) return null;
  try {
    const stat = requireStat(pid);
    const status = readText(`/proc/${pid}/status`);
    const uid = /^Uid:\s+\d+\s+(\d+)/m.exec(status)?.[1];
    if (uid === undefined) throw new Error(`/proc/${pid}/status has no user`);
    // A thread's number has a folder in /proc too, but it is no process.
    if (Number(/^Tgid:\s+(\d+)$/m.exec(status)?.[1]) !== pid) return null;
    const executable = readExecutable(pid);
    const args = redactArguments(readArguments(pid));
    // Everything read belongs to one process only if the pid still has the same start time.
    if (requireStat(pid).startTicks !== stat.startTicks) return readProcess(pid, boot);
    return {
      pid,
      ppid: stat.ppid,
      uid: Number(uid),
      startedAt: new Date((boot.at + stat.startTicks / TICKS_PER_SECOND) * 1000).toISOString(),
      startToken: `${stat.startTicks}@${boot.id}`,
      name: stat.name,
      executable,
      args,
      sessionLeader: stat.session === pid,
      corpse: stat.state === 'Z' || stat.state === 'X',
    };
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

/**
 * A file of /proc, up to the buffer's size. Takes a third of the system calls of `readFileSync`, which asks for a size
 * that /proc never reports.
 */
function readText(path: string): string {
  const file = openSync(path, 'r');
  try {
    let end = 0;
    for (let got = 1; got > 0 && end < BUFFER.length; end += got)
      got = readSync(file, BUFFER, end, BUFFER.length - end, null);
    return BUFFER.toString('utf8', 0, end);
  } finally {
    closeSync(file);
  }
}

function requireStat(pid: number): NonNullable<ReturnType<typeof parseStat>> {
  const stat = parseStat(readText(`/proc/${pid}/stat`));
  if (stat === null) throw new Error(`/proc/${pid}/stat has an unknown form`);
  return stat;
}

function readArguments(pid: number): string[] {
  try {
    const text = readText(`/proc/${pid}/cmdline`);
    // Kernel threads have none; programs that rewrite their title leave trailing NULs.
    return text === '' ? [] : text.replace(/\0+$/, '').split('\0');
  } catch {
    return [];
  }
}

function readExecutable(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '');
  } catch {
    return null;
  }
}
