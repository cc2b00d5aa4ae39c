import { basename } from 'node:path';
import type { Result } from '../../../../shared/result.ts';
import { failure, success } from '../../../../shared/result.ts';
import type { Problem } from '../../../../shared/snapshot.ts';
import { redactCommandLine } from '../process/redact.ts';
import type { Output, RunTool } from '../run/command.ts';
import { complaint } from '../run/command.ts';
import type { ProcessRecord, ProcessTable } from '../types.ts';
import type { PsRow } from './ps-parse.ts';
import { PS_COLUMNS, PS_NAME_COLUMNS, parsePs, parsePsNames } from './ps-parse.ts';

export interface DarwinProcesses {
  all(): Promise<Result<ProcessTable, Problem>>;
  of(pids: readonly number[]): Promise<Result<ProcessTable, Problem>>;
  /** One process, read now; `null` when there is none with this pid. Rejects when that cannot be told. */
  one(pid: number): Promise<ProcessRecord | null>;
}

/**
 * Processes as `ps` tells them. Every answer must list this very process too: a ps that does not is broken, and its silence
 * about another process would not mean that it is gone.
 */
export function createDarwinProcesses(run: RunTool, self: number): DarwinProcesses {
  const read = async (which: readonly string[]): Promise<Result<ProcessTable, Problem>> => {
    const listed = await run('ps', [...which, ...PS_COLUMNS]);
    if (!listed.ok) return listed;
    const rows = parsePs(listed.value.stdout);
    if (!rows.has(self)) return failure(notBelieved(listed.value));
    const named = await run('ps', [...which, ...PS_NAME_COLUMNS]);
    if (!named.ok) return named;
    const names = parsePsNames(named.value.stdout);
    if (!names.has(self)) return failure(notBelieved(named.value));

    const table = new Map<number, ProcessRecord>();
    for (const row of rows.values()) {
      const name = names.get(row.pid);
      table.set(row.pid, toRecord(row, name?.startedAt === row.startedAt ? name.command : null));
    }
    return success(table);
  };

  const of = async (pids: readonly number[]): Promise<Result<ProcessTable, Problem>> => {
    const asked = new Set(pids.filter((pid) => Number.isSafeInteger(pid) && pid > 0));
    const answer = await read(['-ww', '-p', [...new Set([...asked, self])].join(',')]);
    return answer.ok ? success(new Map([...answer.value].filter(([pid]) => asked.has(pid)))) : answer;
  };

  return {
    all: () => read(['-axww']),
    of,
    one: async (pid) => {
      const answer = await of([pid]);
      if (!answer.ok) throw new Error(answer.error.hint);
      return answer.value.get(pid) ?? null;
    },
  };
}

function notBelieved(output: Output): Problem {
  const hint = `ps did not list the process that asked (exit ${output.exitCode}: ${complaint({ ...output, stdout: '' })}); run "/bin/ps -ax" by hand`;
  return { code: 'tool-failed', tool: 'ps', hint };
}

function toRecord(row: PsRow, command: string | null): ProcessRecord {
  const args = redactCommandLine(row.args);
  const corpse = row.stat.includes('Z');
  return {
    pid: row.pid,
    ppid: row.ppid,
    uid: row.uid,
    startedAt: row.startedAt,
    startToken: row.startedAt,
    name: basename(command ?? args[0] ?? ''),
    executable: !corpse && command?.startsWith('/') ? command : null,
    args,
    sessionLeader: row.stat.includes('s'),
    corpse,
  };
}
