import type { OwnerState, Snapshot } from '../../../../shared/snapshot.ts';
import { counted } from '../../../../shared/words/format.ts';

/** "IB Gateway (pid 655)". */
function holderWords({ process }: Pick<OwnerState, 'process'>): string {
  return `${process.name} (pid ${process.pid})`;
}

/**
 * Who holds what is left and what frees it, after the sentence that says how many are left: "All 3 are held by IB Gateway (pid 655):
 * only a restart of the Gateway frees them." Empty when nothing is left on the Gateway's side.
 */
export function gatewayHeldWords(
  { owners }: Pick<Snapshot, 'owners'>,
  ports: readonly number[],
  remaining: number | null,
): string {
  const selected = owners.filter(
    (owner) => owner.side === 'gateway' && owner.ports.some((port) => ports.includes(port)),
  );
  const held = selected.reduce((sum, { zombies }) => sum + zombies, 0);
  if (held === 0) return '';
  const holders = selected.map(holderWords).join(' and ');
  const be = held === 1 ? 'is' : 'are';
  const which = held !== remaining ? `${held} of them ${be}` : held === 1 ? 'It is' : `All ${held} are`;
  return `${which} held by ${holders}: only a restart of the Gateway frees ${held === 1 ? 'it' : 'them'}.`;
}

/** Why a clean stopped before it did anything. */
export const NOT_DONE = {
  dryRun: 'Dry run: nothing was done.',
  declined: 'Not confirmed: nothing was done.',
  noTerminal: 'Nothing was done: there is no terminal to confirm on. Confirm beforehand with --yes.',
  busy: 'Nothing was done: another clean is under way.',
  expired: 'Nothing was done: the plan grew too old before it could be carried out.',
  blind: 'Sexton cannot see who holds what, so nobody was stopped.',
  nobody: 'Nobody who holds a zombie connection may be stopped.',
} as const;

/** How many are left, when nothing was done about them. */
export function remainingWords(remaining: number | null): string {
  if (remaining === null) return 'The count is unknown.';
  if (remaining === 0) return 'No zombie connections.';
  return `${counted(remaining, 'zombie connection')} ${remaining === 1 ? 'remains' : 'remain'}.`;
}

/** The pids of `--include` that no holder of a zombie in the plan has. */
export function notIncludedWords(pids: readonly number[]): string {
  return `--include ${pids.join(', ')}: no such process holds a zombie connection here.`;
}
