import type { ProcessRef } from '../../../shared/snapshot.ts';
import { freesNothingWords } from '../../../shared/words/clean.ts';
import type { AttributedZombie } from '../observe/owners.ts';
import { describeProcess } from '../observe/process/scripts.ts';
import type { ProcessTable } from '../platform/types.ts';
import type { Proof } from './proof.ts';

/**
 * The zombies that are freed when all of these processes end: those that nobody else holds. Stopping a process that
 * holds none of them is pointless, and leaving it out never loses a freed zombie, because all holders of a freed zombie
 * free something. So one pass over a plan's targets is enough.
 */
export function freedZombies(zombies: readonly AttributedZombie[], stopping: ReadonlySet<number>): AttributedZombie[] {
  return zombies.filter(({ holdings }) => holdings.length > 0 && holdings.every(({ pid }) => stopping.has(pid)));
}

/** Why stopping a process would free none of these zombies: the others that hold them, in words. */
export function freesNothingText(
  pid: number,
  zombies: readonly AttributedZombie[],
  stopping: ReadonlySet<number>,
  { attribution: { processes }, judge }: Pick<Proof, 'attribution' | 'judge'>,
): string {
  const heldZombies = zombies.filter(({ holdings }) => holdings.some((holding) => holding.pid === pid));
  const pids = heldZombies.flatMap(({ holdings }) => holdings.map((holding) => holding.pid));
  const others = [...new Set(pids)].filter((other) => other !== pid && !stopping.has(other));
  return freesNothingWords(
    others.map((other) => {
      return { ...describeHolder(other, processes), isProtected: judge.verdict(other).kind === 'protected' };
    }),
    heldZombies.length,
  );
}

/** A holder as people read it; one that ended between two reads, or cannot be read, is shown by its pid alone. */
export function describeHolder(pid: number, processes: ProcessTable): ProcessRef {
  const process = processes.get(pid);
  return process ? describeProcess(process) : { pid, startedAt: '', uid: -1, name: `process ${pid}`, commandLine: '' };
}
