import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { lives } from '../../platform/process/identity.ts';
import type { ProcessKey } from '../../platform/process/key.ts';
import { selfKey } from '../../platform/process/key.ts';
import type { Platform, ProcessTable } from '../../platform/types.ts';
import { moveAside, replaceFile } from '../../record/files/atomic-file.ts';
import { type FileError, fileError, fileErrorWords, systemCode } from '../../record/files/file-error.ts';
import type { Mutex } from '../../record/files/mutex.ts';

const MAX_GUARDS = 200;
const MAX_PROCESSES = 200;
const LOCK_TIMEOUT_MS = 2_000;

const process = z.object({
  pid: z
    .number()
    .int()
    .min(1)
    .max(2 ** 31),
  startToken: z.string().min(1).max(200),
});
const fileSchema = z.object({
  version: z.literal(1),
  guards: z
    .array(z.object({ id: z.string().min(1).max(100), guard: process, bots: z.array(process).max(MAX_PROCESSES) }))
    .max(MAX_GUARDS),
});
type GuardEntry = z.infer<typeof fileSchema>['guards'][number];

/**
 * Remembers on disk which processes guards have started, so that a later guard can clean up after one that was killed. It only
 * ever narrows: whoever stands in it is still judged and proved like everybody else.
 */
export interface GuardedBots {
  /** Notes the processes of this guard; replaces what was noted before. The answer is a trouble in words, else `null`. */
  note(members: readonly ProcessKey[]): Promise<string | null>;
  /** The bots whose guard no longer lives, as far as they still do. */
  lost(table: ProcessTable): Promise<ProcessKey[]>;
}

/** Opens the record in a file that the mutex guards. */
export function openGuardedBots(parts: {
  path: string;
  mutex: Mutex;
  platform: Pick<Platform, 'readProcesses' | 'readProcessesOf' | 'self'>;
  now?: () => Date;
}): GuardedBots {
  const { path, mutex, platform, now = () => new Date() } = parts;
  const id = randomUUID();

  const read = async (): Promise<GuardEntry[] | FileError> => {
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (thrown) {
      return systemCode(thrown) === 'ENOENT' ? [] : fileError(path, thrown);
    }
    const parsed = fileSchema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data.guards;
    await moveAside(path, now());
    return [];
  };

  const note = async (members: readonly ProcessKey[]): Promise<string | null> => {
    const guard = await selfKey(platform);
    const lock = await mutex.acquire(LOCK_TIMEOUT_MS);
    if (!lock.ok) return lock.error.detail;
    try {
      const [guards, table] = await Promise.all([read(), platform.readProcesses()]);
      if (!Array.isArray(guards)) return fileErrorWords(guards);
      const mine = { id, guard, bots: members.filter(isKnown).slice(-MAX_PROCESSES).map(plain) };
      const kept = [...guards.filter((entry) => entry.id !== id), ...(isKnown(guard) ? [mine] : [])]
        .map((entry) => (table.ok ? withoutDead(entry, table.value) : entry))
        .filter(({ bots }) => bots.length > 0)
        .slice(-MAX_GUARDS);
      const written = await replaceFile(path, `${JSON.stringify({ version: 1, guards: kept })}\n`);
      return written.ok ? null : fileErrorWords(written.error);
    } finally {
      await lock.value();
    }
  };

  return {
    note,
    lost: async (table) => {
      const guards = await read();
      if (!Array.isArray(guards)) return [];
      return guards
        .filter(({ guard }) => !lives(guard, table.get(guard.pid)))
        .flatMap((entry) => withoutDead(entry, table).bots);
    },
  };
}

function withoutDead(entry: GuardEntry, table: ProcessTable): GuardEntry {
  return { ...entry, bots: entry.bots.filter((bot) => lives(bot, table.get(bot.pid))) };
}

function plain({ pid, startToken }: ProcessKey): ProcessKey {
  return { pid, startToken };
}

/** Without its start time a process cannot be recognised again. */
function isKnown({ startToken }: ProcessKey): boolean {
  return startToken !== '';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
