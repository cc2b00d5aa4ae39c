import { SETTLE_MS } from '../../../../shared/settings/settings.ts';
import type { LeftAloneCode, RefusalCode } from '../../../../shared/snapshot.ts';
import { LEFT_ALONE, signalFailed } from '../../../../shared/words/clean.ts';
import { PROTECTED_WORDS, verdictSentence } from '../../../../shared/words/verdict.ts';
import type { AttributedZombie } from '../../observe/owners.ts';
import type { Platform, SignalOutcome, Target } from '../../platform/types.ts';
import { freedZombies, freesNothingText } from '../frees.ts';
import type { PreparedTarget, Purpose } from '../planner.ts';
import type { Proof } from '../proof.ts';

/** A planned target with the grip on its process. */
export interface Aim {
  readonly planned: PreparedTarget;
  readonly grip: Target;
  /** The last signal that reached it. */
  signalled: 'SIGTERM' | 'SIGKILL' | null;
  /** Why it was left alone; `null` while it was not. */
  leftAlone: LeftAlone | null;
}

/** Why a process was left alone: the code, and the same in words. */
export interface LeftAlone {
  code: RefusalCode;
  reason: string;
}

/** One of the reasons that need no more than their words. */
export function leftAlone(code: Exclude<LeftAloneCode, 'frees-nothing' | 'signal-failed'>): LeftAlone {
  return { code, reason: LEFT_ALONE[code] };
}

/** May a planned target be signalled? `nothing-left`: it has ended or closed its zombies by itself. */
export type Answer = { kind: 'target' } | { kind: 'nothing-left' } | { kind: 'refused'; why: LeftAlone };

/** Grips every target before anything is read, so that no pid can change hands between the proof and the signal. */
export async function takeAim(
  targets: readonly PreparedTarget[],
  platform: Pick<Platform, 'openTarget'>,
): Promise<{ aims: Aim[]; missed: { planned: PreparedTarget; why: LeftAlone }[] }> {
  const aims: Aim[] = [];
  const missed: { planned: PreparedTarget; why: LeftAlone }[] = [];
  for (const planned of targets) {
    const grip = await platform.openTarget(planned.identity);
    if (grip.ok) aims.push({ planned, grip: grip.value, signalled: null, leftAlone: null });
    else {
      const why = whyNotSent(grip.error);
      if (why !== null) missed.push({ planned, why });
    }
  }
  return { aims, missed };
}

/** Those that still run. */
export async function alive(aims: readonly Aim[]): Promise<Aim[]> {
  const gone = await Promise.all(aims.map(({ grip }) => grip.gone()));
  return aims.filter((_, at) => !gone[at]);
}

/**
 * May these planned targets be signalled on this proof? Those that would free nothing any more may not, unless they are the restart
 * guide's bots. `going` are the processes that this clean has just signalled: what they hold goes with them.
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

/** May one planned target be signalled on this proof, whatever the others do? */
function stillTarget({ identity, live, zombieKeys }: PreparedTarget, proof: Proof, purpose: Purpose): Answer {
  const process = proof.attribution.processes.get(identity.pid);
  if (process === undefined || process.corpse) return { kind: 'nothing-left' };
  const same =
    process.startToken === identity.startToken &&
    process.uid === identity.uid &&
    process.executable === identity.executable;
  if (!same) return { kind: 'refused', why: leftAlone('changed') };
  const verdict = proof.guard.verdict(identity.pid, live);
  if (verdict.kind === 'protected') {
    return { kind: 'refused', why: { code: verdict.reason, reason: verdictSentence(verdict) } };
  }
  if (purpose.kind === 'restart') return { kind: purpose.isListed(process) ? 'target' : 'nothing-left' };
  if (heldZombies(identity.pid, zombieKeys, proof).length > 0) return { kind: 'target' };
  const ownerless = proof.zombies.some(({ key, holdings }) => zombieKeys.has(key) && holdings.length === 0);
  // The kernel still has them, but nobody is seen to hold them: whose they are is not known any more.
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
 * How long the youngest planned zombie still in some target's hands needs until it is old enough; 0 when all are. For whom the proof
 * refuses anyway nobody waits.
 */
export function unsettledMs(aims: readonly Aim[], proof: Proof, purpose: Purpose): number {
  const ages = aims
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
 * The last question before a signal that zombies are the reason of: is one of them still in its hands? On macOS nothing but the
 * `lsof` of the proof can tell.
 */
export async function holdsOneStill(
  { identity, zombieKeys }: PreparedTarget,
  proof: Proof,
  platform: Pick<Platform, 'readHeldSockets' | 'kind'>,
): Promise<boolean> {
  if (platform.kind === 'darwin') return true;
  const { inodes } = await platform.readHeldSockets(identity.pid);
  return heldZombies(identity.pid, zombieKeys, proof).some(({ holdings }) => {
    const inode = holdings.find(({ pid }) => pid === identity.pid)?.inode ?? null;
    return inode !== null && inodes.has(inode);
  });
}

/** The planned zombies that must go when these processes are gone: those that nobody else holds. */
export function freedBy(stopped: ReadonlySet<number>, aims: readonly Aim[], { zombies }: Proof): Set<string> {
  const planned = new Set(aims.flatMap(({ planned: { zombieKeys } }) => [...zombieKeys]));
  const freed = zombies.filter(
    ({ key, holdings }) => planned.has(key) && holdings.length > 0 && holdings.every(({ pid }) => stopped.has(pid)),
  );
  return new Set(freed.map(({ key }) => key));
}

/** Why a signal did not reach its process; `null` where there is nothing to say: it was sent, or the process has gone by itself. */
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
