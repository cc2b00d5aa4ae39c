import type { JournalRecord } from '../../record/journal/counters.ts';
import { readJournal } from '../../record/journal/read.ts';
import type { Member } from './tree/tree.ts';

/** Two programs may compute slightly different start times for one process: rounding, and small clock corrections. */
const SAME_START_MS = 2_000;

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
    return members.some(
      (member) =>
        member.pid === pid && Math.abs(Date.parse(member.startedAt) - Date.parse(String(startedAt))) <= SAME_START_MS,
    );
  });
}

function processOf({ process }: JournalRecord): { pid?: unknown; startedAt?: unknown } {
  return typeof process === 'object' && process !== null ? process : {};
}
