import { isSameShown } from '../../../../shared/same-process.ts';
import type { JournalRecord } from '../../record/journal/counters.ts';
import { readJournal } from '../../record/journal/read.ts';
import type { Member } from './tree/tree.ts';

/**
 * Has another Sexton program signalled one of these processes since `since`? Every signal is in the journal before it
 * is sent; entries under `ownPlans` are this guard's own. A bot that handles SIGTERM cleanly may well exit with 0.
 */
export async function wereStoppedBySexton(
  logs: string,
  members: readonly Member[],
  since: Date,
  ownPlans: ReadonlySet<string>,
): Promise<boolean> {
  const journal = await readJournal(logs, { since });
  if (!journal.ok) return false;
  const unsent = new Set(
    journal.value.entries
      .filter(({ event, outcome }) => event === 'signal_sent' && outcome !== 'sent')
      .map((entry) => `${entry.planId} ${processOf(entry).pid} ${entry.signal}`),
  );
  return journal.value.entries.some((entry) => {
    if (entry.event !== 'signal_planned' || ownPlans.has(String(entry.planId))) return false;
    const { pid, startedAt } = processOf(entry);
    if (unsent.has(`${entry.planId} ${pid} ${entry.signal}`)) return false;
    const shown = { pid: Number(pid), startedAt: String(startedAt) };
    return members.some((member) => isSameShown(member, shown));
  });
}

function processOf({ process }: JournalRecord): { pid?: unknown; startedAt?: unknown } {
  return typeof process === 'object' && process !== null ? process : {};
}
