import { basename } from 'node:path';
import type { Result } from '../../../../../shared/result.ts';
import { failure, success } from '../../../../../shared/result.ts';
import type { Problem } from '../../../../../shared/snapshot.ts';
import { redactCommandLine } from '../../process/redact.ts';
import type { Output, RunTool } from '../../run/command.ts';
import { complaint } from '../../run/command.ts';
import type { Platform, ProcessRecord, ProcessTable } from '../../types.ts';
import { createReadExecutables } from './executables.ts';
import { createPrograms, type Program } from './programs.ts';
import type { PsRow } from './ps-parse.ts';
import { PS_COLUMNS, PS_NAME_COLUMNS, parsePs, parsePsNames } from './ps-parse.ts';

export interface DarwinProcesses {
  all(): Promise<Result<ProcessTable, Problem>>;
  of(pids: readonly number[]): Promise<Result<ProcessTable, Problem>>;
  /** One process, read now; `null` when there is none with this pid. Rejects when that cannot be told. */
  one(pid: number): Promise<ProcessRecord | null>;
}

/** With more newcomers than this their names are asked of the whole table: a command line has its limits. */
const MAX_LISTED = 500;

/**
 * Processes as `ps` tells them, with their executables from `lsof`. Every answer must list this very process too: a ps that does not is
 * broken, and its silence about another process would not mean that it is gone.
 */
export function createDarwinProcesses(run: RunTool, self: Platform['self']): DarwinProcesses {
  const programs = createPrograms({ readNames, readExecutables: createReadExecutables(run), uid: self.uid });

  async function readNames(pids: readonly number[]): Promise<Result<ReturnType<typeof parsePsNames>, Problem>> {
    const which = pids.length > MAX_LISTED ? ['-axww'] : ['-ww', '-p', listOf([...pids, self.pid])];
    const named = await run('ps', [...which, ...PS_NAME_COLUMNS]);
    if (!named.ok) return named;
    const names = parsePsNames(named.value.stdout);
    return names.has(self.pid) ? success(names) : failure(notBelieved(named.value));
  }

  const read = async (which: readonly string[]): Promise<Result<Map<number, PsRow>, Problem>> => {
    const listed = await run('ps', [...which, ...PS_COLUMNS]);
    if (!listed.ok) return listed;
    const rows = parsePs(listed.value.stdout);
    return rows.has(self.pid) ? success(rows) : failure(notBelieved(listed.value));
  };

  const withPrograms = async (rows: ReadonlyMap<number, PsRow>): Promise<Result<ProcessTable, Problem>> => {
    const known = await programs.of([...rows.values()].filter(({ pid }) => pid !== self.pid));
    if (!known.ok) return known;
    const programOf = (pid: number) => (pid === self.pid ? OWN : (known.value.get(pid) ?? UNKNOWN));
    return success(new Map([...rows].map(([pid, row]) => [pid, toRecord(row, programOf(pid))])));
  };

  const of = async (pids: readonly number[]): Promise<Result<ProcessTable, Problem>> => {
    const asked = new Set(pids.filter((pid) => Number.isSafeInteger(pid) && pid > 0));
    const rows = await read(['-ww', '-p', listOf([...asked, self.pid])]);
    return rows.ok ? withPrograms(new Map([...rows.value].filter(([pid]) => asked.has(pid)))) : rows;
  };
  const soon = gather(of);

  return {
    all: async () => {
      const rows = await read(['-axww']);
      if (!rows.ok) return rows;
      programs.forgetOthers(rows.value);
      return withPrograms(rows.value);
    },
    of,
    one: async (pid) => {
      if (!exists(pid)) return null;
      const answer = await soon(pid);
      if (!answer.ok) throw new Error(answer.error.hint);
      return answer.value.get(pid) ?? null;
    },
  };
}

const UNKNOWN: Program = { name: '', executable: null };
const OWN: Program = { name: basename(process.execPath), executable: process.execPath };

/** Asks for several single processes at once, when they are wanted at the same moment: the reading begins after each was asked for. */
function gather(
  of: (pids: readonly number[]) => Promise<Result<ProcessTable, Problem>>,
): (pid: number) => Promise<Result<ProcessTable, Problem>> {
  let waiting: { pids: Set<number>; answer: Promise<Result<ProcessTable, Problem>> } | null = null;
  return (pid) => {
    if (waiting === null) {
      const pids = new Set<number>();
      const answer = Promise.resolve().then(() => {
        waiting = null;
        return of([...pids]);
      });
      waiting = { pids, answer };
    }
    waiting.pids.add(pid);
    return waiting.answer;
  };
}

/** The kernel's own answer, without a ps: a process that is not there need not be read. A corpse still exists. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function listOf(pids: readonly number[]): string {
  return [...new Set(pids)].join(',');
}

function notBelieved(output: Output): Problem {
  const hint = `ps did not list the process that asked (exit ${output.exitCode}: ${complaint({ ...output, stdout: '' })}); run "/bin/ps -ax" by hand`;
  return { code: 'tool-failed', tool: 'ps', hint };
}

function toRecord(row: PsRow, { name, executable }: Program): ProcessRecord {
  const args = redactCommandLine(row.args);
  const corpse = row.stat.includes('Z');
  return {
    pid: row.pid,
    ppid: row.ppid,
    uid: row.uid,
    startedAt: row.startedAt,
    startToken: row.startedAt,
    name: name === '' ? basename(args[0] ?? '') : name,
    executable: corpse ? null : executable,
    args,
    sessionLeader: row.stat.includes('s'),
    corpse,
  };
}
