import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Result } from '../../../../shared/result.ts';
import { lives } from '../../platform/process/identity.ts';
import type { ProcessKey } from '../../platform/process/key.ts';
import { selfKey } from '../../platform/process/key.ts';
import type { Platform, ProcessTable } from '../../platform/types.ts';
import { type FileError, fileErrorWords } from '../../record/files/file-error.ts';
import { decodeJson } from '../../record/files/json.ts';
import { type Kept, keptValue, openStateFile, type StatePlace } from '../../record/files/state-file.ts';
import { type FileTrouble, troubleWords } from '../../record/files/troubles.ts';

const MAX_GUARDS = 200;
const MAX_PROCESSES = 200;

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
 * ever narrows the choice: a process on record is still judged and proved like any other.
 */
export interface StartedBots {
  /** Notes the processes of this guard and replaces what it noted before. Answers what is wrong with the record in words, else `null`. */
  note(members: readonly ProcessKey[]): Promise<string | null>;
  /** The living bots whose guard is gone. */
  lost(table: ProcessTable): Promise<ProcessKey[]>;
}

/** Opens the record; the place is that of its file. */
export function openStartedBots(
  parts: StatePlace & {
    platform: Pick<Platform, 'readProcesses' | 'readProcessesOf' | 'self'>;
    now?: () => Date;
  },
): StartedBots {
  const { path, mutex, reports, platform, now } = parts;
  const id = randomUUID();
  /** A broken file that was moved aside: the next note tells of it, or the end of the program if there is none. */
  let damage: FileTrouble | null = null;
  const file = openStateFile<GuardEntry[]>({
    path,
    mutex,
    // All other troubles are in the answer of the note that meets them.
    reports: {
      report: (trouble) => {
        if (trouble.code !== 'corrupt') return;
        damage = trouble;
        reports.report(trouble);
      },
      passed: () => undefined,
    },
    decode: (text) => decodeJson(text, fileSchema)?.guards ?? null,
    encode: (guards) => `${JSON.stringify({ version: 1, guards })}\n`,
    what: 'a record of guarded bots',
    // Another guard's bots must not be forgotten.
    withoutLock: 'refuse',
    ...(now ? { now } : {}),
  });

  const guardsOf = (read: Result<Kept<GuardEntry[]>, FileError>): GuardEntry[] =>
    read.ok ? (keptValue(read.value) ?? []) : [];

  const tellDamage = (): string | null => {
    if (damage === null) return null;
    const words = troubleWords(damage);
    reports.passed(path, damage.code);
    damage = null;
    return words;
  };

  const note = async (members: readonly ProcessKey[]): Promise<string | null> => {
    const guard = await selfKey(platform);
    const written = await file.exclusively(async (held) => {
      const [read, table] = await Promise.all([held.read(), platform.readProcesses()]);
      if (!read.ok) return read;
      const mine = { id, guard, bots: members.filter(isKnown).slice(-MAX_PROCESSES).map(plain) };
      const kept = [...guardsOf(read).filter((entry) => entry.id !== id), ...(isKnown(guard) ? [mine] : [])]
        .map((entry) => (table.ok ? withoutDead(entry, table.value) : entry))
        .filter(({ bots }) => bots.length > 0)
        .slice(-MAX_GUARDS);
      return held.write(kept);
    });
    return written.ok ? tellDamage() : fileErrorWords(written.error);
  };

  return {
    note,
    lost: async (table) =>
      guardsOf(await file.read())
        .filter(({ guard }) => !lives(guard, table.get(guard.pid)))
        .flatMap((entry) => withoutDead(entry, table).bots),
  };
}

function withoutDead(entry: GuardEntry, table: ProcessTable): GuardEntry {
  return { ...entry, bots: entry.bots.filter((bot) => lives(bot, table.get(bot.pid))) };
}

function plain({ pid, startToken }: ProcessKey): ProcessKey {
  return { pid, startToken };
}

/** Without its start time, a process cannot be recognised again. */
function isKnown({ startToken }: ProcessKey): boolean {
  return startToken !== '';
}
