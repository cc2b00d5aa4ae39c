import type { Plan } from '../../../../shared/plan.ts';
import { totalZombies } from '../../../../shared/severity.ts';
import type { CleanResult, Snapshot } from '../../../../shared/snapshot.ts';
import { headline } from '../../../../shared/words/snapshot.ts';
import { gatewayHeldWords, NOT_DONE, remainingWords } from './words.ts';

/** The exit codes of `sexton clean`. */
export type CleanExit = 0 | 1 | 2 | 3;

/** What `sexton clean` ends with: the result it prints and its exit code. */
export interface CleanOutcome {
  result: CleanResult;
  exit: CleanExit;
}

/** 0 no zombies left, 1 zombies remain, 3 cannot see. */
export function exitFor(remaining: number | null): 0 | 1 | 3 {
  if (remaining === null) return 3;
  return remaining === 0 ? 0 : 1;
}

/** The zombies on the selected ports; `null` if they could not be counted. */
export function zombiesOn(snapshot: Pick<Snapshot, 'ports' | 'scan'>, ports: readonly number[]): number | null {
  if (snapshot.scan.kind === 'failed') return null;
  return totalZombies(snapshot.ports.filter(({ port }) => ports.length === 0 || ports.includes(port)));
}

function portsOf(snapshot: Snapshot, ports: readonly number[]): readonly number[] {
  return ports.length > 0 ? ports : snapshot.ports.map(({ port }) => port);
}

/** Why the count is unknown although the last scan succeeded. */
function unknownWords(snapshot: Snapshot): string {
  return snapshot.scan.kind !== 'failed' && totalZombies(snapshot.ports) === null ? headline(snapshot).main : '';
}

function sentences(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ');
}

/** The outcome of a call that stopped no process: what remains, and why nothing was done. */
export function untouched(
  {
    snapshot,
    ports,
    plan,
    durationMs,
  }: { snapshot: Snapshot; ports: readonly number[]; plan: Plan | null; durationMs: number },
  why: string,
): CleanOutcome {
  const remaining = zombiesOn(snapshot, ports);
  const held =
    remaining === null ? unknownWords(snapshot) : gatewayHeldWords(snapshot, portsOf(snapshot, ports), remaining);
  const refused = (plan?.refused ?? []).map(({ process: { pid, name }, reason: code, text }) => ({
    pid,
    name,
    code,
    reason: text,
  }));
  return {
    result: {
      ok: remaining === 0,
      message: sentences(why, remainingWords(remaining), held),
      stopped: [],
      refused,
      remaining,
      durationMs: Math.round(durationMs),
    },
    exit: exitFor(remaining),
  };
}

/** The outcome of a clean that was carried out. A scan after the clean tells who holds what remains. */
export function carriedOut(result: CleanResult, after: Snapshot, ports: readonly number[]): CleanOutcome {
  const unknown = result.remaining === null ? unknownWords(after) : '';
  const held = result.remaining === 0 ? '' : gatewayHeldWords(after, portsOf(after, ports), result.remaining);
  return { result: { ...result, message: sentences(result.message, unknown, held) }, exit: exitFor(result.remaining) };
}

/**
 * The outcome when Sexton cannot see who holds what: it signals no process. If the kernel reports no zombies at all, there was
 * nothing to clean, and the result is a success.
 */
export function blind(remaining: number | null, hint: string, durationMs: number): CleanOutcome {
  const clean = remaining === 0;
  return {
    result: {
      ok: clean,
      message: sentences(remainingWords(remaining), clean ? '' : NOT_DONE.blind, hint),
      stopped: [],
      refused: [],
      remaining,
      durationMs: Math.round(durationMs),
    },
    exit: clean ? 0 : 3,
  };
}
