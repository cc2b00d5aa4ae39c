import { basename } from 'node:path';
import type { Result } from '../../../../../shared/result.ts';
import { success } from '../../../../../shared/result.ts';
import type { Problem } from '../../../../../shared/snapshot.ts';
import type { ReadExecutables } from './executables.ts';
import type { PsRow } from './ps-parse.ts';

/** What a process runs. */
export interface Program {
  /** The executable's, where it is known: a process calls itself what it likes, and by its name it may count as a bot. */
  name: string;
  /** Of this user's processes lsof's word, else `null`. Of others' the start of argv, if it is a path: they are never signalled. */
  executable: string | null;
}

export interface Programs {
  /** The programs of these processes. A failure when ps does not tell the names; what lsof does not tell is `null`. */
  of(rows: readonly PsRow[]): Promise<Result<ReadonlyMap<number, Program>, Problem>>;
  /** Forgets every process that is not in this table of all. */
  forgetOthers(all: ReadonlyMap<number, PsRow>): void;
}

interface Known extends Program {
  key: string;
}

/** A process so young may still be on its way from one program to another under the same name, as through the launchers of Python. */
const YOUNG_MS = 2_000;

/**
 * macOS's own programs and the tools that Sexton runs, by argv[0]: nothing is asked about them. A process that only claims to be one has
 * no known executable either, and is never signalled.
 */
const OF_THE_SYSTEM = /^\/(?:(?:System|usr\/libexec|usr\/sbin)\/|bin\/ps )/;

/**
 * Keeps each process's program, so that ps and lsof are asked once for each: for as long as pid, start, user and arguments are the
 * same. One that runs another program has other arguments.
 */
export function createPrograms(options: {
  readNames: (
    pids: readonly number[],
  ) => Promise<Result<ReadonlyMap<number, { startedAt: string; command: string }>, Problem>>;
  readExecutables: ReadExecutables;
  uid: number;
  now?: () => number;
}): Programs {
  const { readNames, readExecutables, uid, now = Date.now } = options;
  const known = new Map<number, Known>();

  const isOwn = (row: PsRow) => (row.uid === uid || uid === 0) && !row.stat.includes('Z');

  return {
    of: async (rows) => {
      const found = new Map<number, Program>();
      const fresh: PsRow[] = [];
      for (const row of rows) {
        const program = known.get(row.pid);
        if (program?.key === keyOf(row)) found.set(row.pid, program);
        else if (OF_THE_SYSTEM.test(row.args)) found.set(row.pid, ofTheSystem(row));
        else fresh.push(row);
      }
      if (fresh.length === 0) return success(found);
      const executables = await readExecutables(fresh.filter(isOwn).map(({ pid }) => pid));
      const nameless = fresh.filter(({ pid }) => executables?.has(pid) !== true);
      const names = nameless.length === 0 ? NO_NAMES : await readNames(nameless.map(({ pid }) => pid));
      if (!names.ok) return names;
      for (const row of fresh) {
        const named = names.value.get(row.pid);
        const command = named?.startedAt === row.startedAt ? named.command : null;
        const told = executables?.get(row.pid) ?? null;
        const executable = isOwn(row) ? told : pathIn(command);
        const program = { name: basename(executable ?? command ?? ''), executable };
        found.set(row.pid, program);
        const settled = executables !== null && now() - Date.parse(row.startedAt) > YOUNG_MS;
        if (program.name !== '' && (settled || !isOwn(row))) known.set(row.pid, { ...program, key: keyOf(row) });
        else known.delete(row.pid);
      }
      return success(found);
    },
    forgetOthers: (all) => {
      for (const pid of known.keys()) if (!all.has(pid)) known.delete(pid);
    },
  };
}

const NO_NAMES = success(new Map<number, { startedAt: string; command: string }>());

function keyOf({ startedAt, uid, stat, args }: PsRow): string {
  return `${startedAt} ${uid} ${stat.includes('Z')} ${args}`;
}

function ofTheSystem({ args }: PsRow): Program {
  return { name: basename(args.split(' ')[0] ?? ''), executable: null };
}

function pathIn(command: string | null): string | null {
  return command?.startsWith('/') ? command : null;
}
