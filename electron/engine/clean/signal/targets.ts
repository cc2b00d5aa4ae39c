import { SETTLE_MS } from '../../../../shared/settings/settings.ts';
import type { LeftAloneCode, RefusalCode } from '../../../../shared/snapshot.ts';
import { LEFT_ALONE, signalFailed } from '../../../../shared/words/clean.ts';
import { PROTECTED_WORDS, verdictSentence } from '../../../../shared/words/verdict.ts';
import type { AttributedZombie } from '../../observe/owners.ts';
import { compareIdentity } from '../../platform/process/identity.ts';
import type { Platform, SignalOutcome, Target } from '../../platform/types.ts';
import { freedZombies, freesNothingText } from '../frees.ts';
import type { PreparedTarget, Purpose } from '../planner.ts';
import type { Proof } from '../proof.ts';

/** A planned target whose process is held open, so that its pid cannot pass to another process unnoticed. */
export interface OpenedTarget {
  readonly planned: PreparedTarget;
  readonly grip: Target;
  /** The last signal delivered to it. */
  signalled: 'SIGTERM' | 'SIGKILL' | null;
  /** Why it was left alone; `null` when it was not. */
  leftAlone: LeftAlone | null;
}

/** Why a process was left alone, as a code and in words. */
export interface LeftAlone {
  code: RefusalCode;
  reason: string;
}

/** A reason that its code explains fully. */
export function leftAlone(code: Exclude<LeftAloneCode, 'frees-nothing' | 'signal-failed'>): LeftAlone {
  return { code, reason: LEFT_ALONE[code] };
}

/** May a planned target be signalled? `nothing-left`: it has ended or closed its zombies without our help. */
export type Answer = { kind: 'target' } | { kind: 'nothing-left' } | { kind: 'refused'; why: LeftAlone };

/** Opens every target before anything is read, so that no pid can change hands between the proof and the signal. */
export async function openTargets(
  targets: readonly PreparedTarget[],
  platform: Pick<Platform, 'openTarget'>,
): Promise<{ opened: OpenedTarget[]; missed: { planned: PreparedTarget; why: LeftAlone }[] }> {
  const opened: OpenedTarget[] = [];
  const missed: { planned: PreparedTarget; why: LeftAlone }[] = [];
  for (const planned of targets) {
    const grip = await platform.openTarget(planned.identity);
    if (grip.ok) opened.push({ planned, grip: grip.value, signalled: null, leftAlone: null });
    else {
      const why = whyNotSent(grip.error);
      if (why !== null) missed.push({ planned, why });
    }
  }
  return { opened, missed };
}

/** The targets that still run. */
export async function alive(opened: readonly OpenedTarget[]): Promise<OpenedTarget[]> {
  const gone = await Promise.all(opened.map(({ grip }) => grip.gone()));
  return opened.filter((_, at) => !gone[at]);
}

/**
 * Which planned targets may be signalled on this proof? Targets that would no longer free anything may not, unless they
 * are the guided restart's bots. `going` are the processes that this clean has already signalled: what they hold goes
 * with them.
 */
export function judgeTargets(
  targets: readonly PreparedTarget[],
  proof: Proof,
  purpose: Purpose,
  going: ReadonlySet<number> = new Set(),
): Map<PreparedTarget, Answer> {
  const answers = new Map(targets.map((target) => [target, stillTarget(target, proof, purpose)] as const));
  if (purpose.kind === 'restart') return answers;
  const allowed = targets.filter((target) => answers.get(target)?.kind === 'target');
  const stopping = new Set([...going, ...allowed.map(({ identity }) => identity.pid)]);
  for (const target of allowed) {
    const { pid } = target.identity;
    const zombies = heldZombies(pid, target.zombieKeys, proof);
    if (freedZombies(zombies, stopping).length > 0) continue;
    const reason = freesNothingText(pid, zombies, stopping, proof);
    answers.set(target, { kind: 'refused', why: { code: 'frees-nothing', reason } });
  }
  return answers;
}

/** Decides one planned target, whatever the others do. */
function stillTarget({ identity, live, zombieKeys }: PreparedTarget, proof: Proof, purpose: Purpose): Answer {
  const process = proof.attribution.processes.get(identity.pid);
  if (process === undefined || process.corpse) return { kind: 'nothing-left' };
  if (compareIdentity(identity, process) !== 'same') return { kind: 'refused', why: leftAlone('changed') };
  const verdict = proof.judge.verdict(identity.pid, live);
  if (verdict.kind === 'protected') {
    return { kind: 'refused', why: { code: verdict.reason, reason: verdictSentence(verdict) } };
  }
  if (purpose.kind === 'restart') return { kind: purpose.isListed(process) ? 'target' : 'nothing-left' };
  if (heldZombies(identity.pid, zombieKeys, proof).length > 0) return { kind: 'target' };
  const ownerless = proof.zombies.some(({ key, holdings }) => zombieKeys.has(key) && holdings.length === 0);
  // The kernel still lists them without a visible holder: nobody can prove whose they are.
  return ownerless
    ? { kind: 'refused', why: { code: 'unproven', reason: PROTECTED_WORDS.unproven } }
    : { kind: 'nothing-left' };
}

/** The planned zombies that a process still holds and that are old enough to act on. */
function heldZombies(pid: number, planned: ReadonlySet<string>, { zombies }: Proof): AttributedZombie[] {
  return zombies.filter(
    ({ key, ageMs, holdings }) =>
      planned.has(key) && ageMs >= SETTLE_MS && holdings.some((holding) => holding.pid === pid),
  );
}

/**
 * How long until the youngest planned zombie that a target still holds is old enough; 0 when all are. Targets that the
 * proof refuses are not waited for.
 */
export function unsettledMs(opened: readonly OpenedTarget[], proof: Proof, purpose: Purpose): number {
  const ages = opened
    .filter(({ planned }) => stillTarget(planned, proof, purpose).kind !== 'refused')
    .flatMap(({ planned: { identity, zombieKeys } }) =>
      proof.zombies.filter(
        ({ key, holdings }) => zombieKeys.has(key) && holdings.some(({ pid }) => pid === identity.pid),
      ),
    )
    .map(({ ageMs }) => ageMs);
  return Math.max(0, Math.ceil(SETTLE_MS - Math.min(SETTLE_MS, ...ages)));
}

/**
 * The last check before a signal because of zombies: does the process still hold one of them? On macOS only the `lsof`
 * of the proof can tell.
 */
export async function holdsOneStill(
  { identity, zombieKeys }: PreparedTarget,
  proof: Proof,
  platform: Pick<Platform, 'readHeldSockets' | 'confirmsHoldings'>,
): Promise<boolean> {
  if (!platform.confirmsHoldings) return true;
  const { inodes } = await platform.readHeldSockets(identity.pid);
  return heldZombies(identity.pid, zombieKeys, proof).some(({ holdings }) => {
    const inode = holdings.find(({ pid }) => pid === identity.pid)?.inode ?? null;
    return inode !== null && inodes.has(inode);
  });
}

/** The planned zombies that must be gone once these processes are: those that nobody else holds. */
export function freedBy(
  stopped: ReadonlySet<number>,
  opened: readonly OpenedTarget[],
  { zombies }: Proof,
): Set<string> {
  const planned = new Set(opened.flatMap(({ planned: { zombieKeys } }) => [...zombieKeys]));
  const freed = zombies.filter(
    ({ key, holdings }) => planned.has(key) && holdings.length > 0 && holdings.every(({ pid }) => stopped.has(pid)),
  );
  return new Set(freed.map(({ key }) => key));
}

/** Why a signal did not reach its process; `null` when it was sent or the process has ended. */
export function whyNotSent(outcome: SignalOutcome): LeftAlone | null {
  switch (outcome.kind) {
    case 'replaced':
    case 'not-permitted':
      return leftAlone(outcome.kind);
    case 'withheld':
      return leftAlone('too-slow');
    case 'failed':
      return { code: 'signal-failed', reason: signalFailed(outcome.detail) };
    case 'gone':
    case 'sent':
      return null;
  }
}
