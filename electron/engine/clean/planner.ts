import { PLAN_LIFETIME_MS, type Plan, type PlanRefusal, type PlanTarget } from '../../../shared/plan.ts';
import { SETTLE_MS } from '../../../shared/settings/settings.ts';
import { verdictSentence } from '../../../shared/words/verdict.ts';
import type { AttributedZombie } from '../observe/owners.ts';
import { identityOf } from '../platform/process/identity.ts';
import type { Identity, ProcessRecord } from '../platform/types.ts';
import { describeHolder, freedZombies, freesNothingText } from './frees.ts';
import type { Proof } from './proof.ts';

/** Why a process is a candidate: it holds zombies, or it is a bot that the restart guide stops. */
export type Purpose =
  | { kind: 'zombies' /** Limits the candidates to those a policy covers; all when absent. */; covers?: Coverage }
  | { kind: 'restart'; isListed: (process: ProcessRecord) => boolean };

/** Does a policy cover this owner of these zombies? */
export type Coverage = (process: ProcessRecord, zombies: readonly AttributedZombie[]) => boolean;

/** What to plan for. */
export interface PlanOrder {
  id: string;
  purpose: Purpose;
  /** Only zombies on these ports are a reason to act. */
  ports: ReadonlySet<number>;
  /** Did a person include this process despite its live session? */
  isLiveIncluded: (process: ProcessRecord) => boolean;
  graceMs: number;
  /** Makes the opaque id of a refusal. */
  refusalId: (process: ProcessRecord | undefined) => string;
  /** Wall time, milliseconds since the epoch. */
  wallNow: number;
}

/** A plan, with what only the engine may know: the exact processes it means, and their sockets. */
export interface PreparedPlan {
  plan: Plan;
  purpose: Purpose;
  targets: PreparedTarget[];
}

export interface PreparedTarget {
  identity: Identity;
  /** As the plan shows it. */
  shown: PlanTarget;
  /** A person included its live session. */
  live: boolean;
  /** Keys of the zombies it holds on the planned ports. */
  zombieKeys: ReadonlySet<string>;
}

/**
 * Splits a proof's candidates into those that may be stopped and those that may not, with a reason for each. A process
 * whose connections others hold too would free nothing and is no target; the guided restart stops its bots whatever
 * they hold.
 */
export function preparePlan(proof: Proof, order: PlanOrder): PreparedPlan {
  const held = zombiesByPid(proof.zombies.filter(({ counted, port }) => counted && order.ports.has(port)));
  const { allowed, denied } = judgeCandidates(proof, order, held);
  const stopping = new Set(allowed.map(({ identity }) => identity.pid));
  const planned = new Set(allowed.flatMap(({ zombieKeys }) => [...zombieKeys]));
  const freed = freedZombies(proof.zombies, stopping).filter(({ key }) => planned.has(key));
  const freedKeys = new Set(freed.map(({ key }) => key));
  const freesSomething = ({ zombieKeys }: PreparedTarget) =>
    order.purpose.kind === 'restart' || [...zombieKeys].some((key) => freedKeys.has(key));
  const targets = allowed.filter(freesSomething);
  const futile = allowed
    .filter((target) => !freesSomething(target))
    .map(({ identity: { pid }, shown }) => {
      const text = freesNothingText(pid, held.get(pid) ?? [], stopping, proof);
      return refusal(shown, { reason: 'frees-nothing', text, liftable: false }, order, proof);
    });
  const plan: Plan = {
    id: order.id,
    ...lifetime(order.wallNow),
    ports: [...order.ports],
    targets: targets.map(({ shown }) => shown).sort(worstFirst),
    refused: [...denied, ...futile].sort(worstFirst),
    frees: freed.length,
    addsGatewaySide: proof.judge.sessions(...targets.map(({ identity }) => identity.pid)),
    settlesInMs: order.purpose.kind === 'restart' ? 0 : settlesIn(targets, proof.zombies),
    graceMs: order.graceMs,
  };
  return { plan, purpose: order.purpose, targets };
}

/** When a plan that is ready now (wall time, milliseconds since the epoch) was made, and when it expires. */
export function lifetime(wallNow: number): Pick<Plan, 'madeAt' | 'expiresAt'> {
  return {
    madeAt: new Date(wallNow).toISOString(),
    expiresAt: new Date(wallNow + PLAN_LIFETIME_MS).toISOString(),
  };
}

function judgeCandidates(
  proof: Proof,
  order: PlanOrder,
  held: ReadonlyMap<number, AttributedZombie[]>,
): { allowed: PreparedTarget[]; denied: PlanRefusal[] } {
  const { processes } = proof.attribution;
  const allowed: PreparedTarget[] = [];
  const denied: PlanRefusal[] = [];
  for (const pid of candidatesFor(order.purpose, proof, held)) {
    const process = processes.get(pid);
    const zombies = held.get(pid) ?? [];
    const live = process !== undefined && order.isLiveIncluded(process);
    const verdict = proof.judge.verdict(pid, live);
    const shown = {
      process: describeHolder(pid, processes),
      ports: [...new Set(zombies.map(({ port }) => port))].sort((one, other) => one - other),
      zombies: zombies.length,
      sessions: proof.judge.sessions(pid),
    };
    if (verdict.kind === 'cleanable' && process) {
      const zombieKeys = new Set(zombies.map(({ key }) => key));
      allowed.push({ identity: identityOf(process), shown: { ...shown, verdict, serves: null }, live, zombieKeys });
    } else if (verdict.kind === 'protected') {
      const liftable = proof.judge.verdict(pid, true).kind === 'cleanable';
      denied.push(refusal(shown, { reason: verdict.reason, text: verdictSentence(verdict), liftable }, order, proof));
    }
  }
  return { allowed, denied };
}

function refusal(
  { process, ports, zombies, sessions }: Omit<PlanTarget, 'verdict' | 'serves'>,
  why: Pick<PlanRefusal, 'reason' | 'text' | 'liftable'>,
  { refusalId }: PlanOrder,
  { attribution: { processes } }: Proof,
): PlanRefusal {
  return { id: refusalId(processes.get(process.pid)), process, ports, zombies, sessions, ...why };
}

/** The processes the purpose is about. A policy sees all that a process holds, closing connections included. */
function candidatesFor(
  purpose: Purpose,
  { zombies, attribution: { processes } }: Proof,
  held: ReadonlyMap<number, AttributedZombie[]>,
): number[] {
  if (purpose.kind === 'restart') {
    return [...processes.values()].filter((one) => !one.corpse && purpose.isListed(one)).map(({ pid }) => pid);
  }
  const { covers } = purpose;
  if (!covers) return [...held.keys()];
  const all = zombiesByPid(zombies);
  return [...held.keys()].filter((pid) => {
    const process = processes.get(pid);
    return process !== undefined && covers(process, all.get(pid) ?? []);
  });
}

/** Zombies by pid; one that several processes hold is listed under each. */
function zombiesByPid(zombies: readonly AttributedZombie[]): Map<number, AttributedZombie[]> {
  const held = new Map<number, AttributedZombie[]>();
  for (const zombie of zombies) {
    for (const pid of new Set(zombie.holdings.map((holding) => holding.pid))) {
      const known = held.get(pid);
      if (known) known.push(zombie);
      else held.set(pid, [zombie]);
    }
  }
  return held;
}

function settlesIn(targets: readonly PreparedTarget[], zombies: readonly AttributedZombie[]): number {
  const planned = new Set(targets.flatMap(({ zombieKeys }) => [...zombieKeys]));
  const ages = zombies.filter(({ key }) => planned.has(key)).map(({ ageMs }) => ageMs);
  return ages.length === 0 ? 0 : Math.max(0, Math.ceil(SETTLE_MS - Math.min(...ages)));
}

function worstFirst(one: PlanTarget | PlanRefusal, other: PlanTarget | PlanRefusal): number {
  return other.zombies - one.zombies || one.process.pid - other.process.pid;
}
