import { isLiftable } from '../../../shared/liftable.ts';
import { PLAN_LIFETIME_MS, type Plan, type PlanRefusal, type PlanTarget } from '../../../shared/plan.ts';
import { SETTLE_MS } from '../../../shared/settings.ts';
import { verdictSentence } from '../../../shared/wording.ts';
import type { AttributedZombie } from '../observe/owners.ts';
import { describeProcess } from '../observe/scripts.ts';
import type { Identity, ProcessRecord } from '../platform/types.ts';
import type { Proof } from './proof.ts';

/** Why a process is a candidate: it holds zombies, or it is a bot that the restart guide stops. */
export type Purpose =
  | { kind: 'zombies' /** Leaves candidates out that a policy does not cover; all when absent. */; covers?: Coverage }
  | { kind: 'restart'; isListed: (process: ProcessRecord) => boolean };

/** Does a policy cover this owner of these zombies? */
export type Coverage = (process: ProcessRecord, zombies: readonly AttributedZombie[]) => boolean;

/** What to plan for. */
export interface PlanOrder {
  id: string;
  purpose: Purpose;
  /** Zombies on these ports are the reason to act. */
  ports: ReadonlySet<number>;
  /** Did a person include this process's live session? */
  isLiveIncluded: (process: ProcessRecord) => boolean;
  graceMs: number;
  /** Makes the opaque id of a refusal. */
  refusalId: (process: ProcessRecord | undefined) => string;
  /** Wall time, milliseconds since the epoch. */
  wallNow: number;
}

/** A plan together with what only the engine may know: whom exactly it means, and over which sockets. */
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

/** What proves that a process is the one that was planned for. */
export function identityOf({ pid, startToken, uid, executable }: ProcessRecord): Identity {
  return { pid, startToken, uid, executable };
}

/** Sorts the candidates of a proof into those that may be stopped and those that may not, with the reason of each. */
export function preparePlan(proof: Proof, order: PlanOrder): PreparedPlan {
  const { processes } = proof.attribution;
  const held = zombiesByPid(proof.zombies.filter(({ counted, port }) => counted && order.ports.has(port)));
  const candidates = candidatesFor(order.purpose, proof, held);
  const targets: PreparedTarget[] = [];
  const refused: PlanRefusal[] = [];
  for (const pid of candidates) {
    const process = processes.get(pid);
    const zombies = held.get(pid) ?? [];
    const live = process !== undefined && order.isLiveIncluded(process);
    const verdict = proof.guard.verdict(pid, live);
    const sessions = proof.guard.sessions(pid);
    const ref = process ? describeProcess(process) : unknownProcess(pid);
    const ports = [...new Set(zombies.map(({ port }) => port))].sort((one, other) => one - other);
    if (verdict.kind === 'cleanable' && process) {
      const shown = { process: ref, ports, zombies: zombies.length, sessions, verdict };
      targets.push({ identity: identityOf(process), shown, live, zombieKeys: new Set(zombies.map(({ key }) => key)) });
    } else if (verdict.kind === 'protected') {
      const { reason } = verdict;
      const liftable = isLiftable(verdict);
      const text = verdictSentence(verdict);
      refused.push({
        id: order.refusalId(process),
        process: ref,
        ports,
        zombies: zombies.length,
        sessions,
        reason,
        text,
        liftable,
      });
    }
  }
  const plan: Plan = {
    id: order.id,
    madeAt: new Date(order.wallNow).toISOString(),
    expiresAt: new Date(order.wallNow + PLAN_LIFETIME_MS).toISOString(),
    ports: [...order.ports],
    targets: targets.map(({ shown }) => shown).sort(worstFirst),
    refused: refused.sort(worstFirst),
    frees: freed(proof.zombies, targets),
    addsGatewaySide: proof.guard.sessions(...targets.map(({ identity }) => identity.pid)),
    settlesInMs: order.purpose.kind === 'restart' ? 0 : settlesIn(targets, proof.zombies),
    graceMs: order.graceMs,
  };
  return { plan, purpose: order.purpose, targets };
}

/** Whom the purpose is about. A policy judges by all that a process holds, what is only just closing included. */
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

/** Zombies by each process that holds them. */
function zombiesByPid(zombies: readonly AttributedZombie[]): Map<number, AttributedZombie[]> {
  const held = new Map<number, AttributedZombie[]>();
  for (const zombie of zombies) {
    for (const pid of new Set(zombie.holdings.map((holding) => holding.pid))) {
      const mine = held.get(pid);
      if (mine) mine.push(zombie);
      else held.set(pid, [zombie]);
    }
  }
  return held;
}

/** A socket is freed only when all that hold it are stopped. */
function freed(zombies: readonly AttributedZombie[], targets: readonly PreparedTarget[]): number {
  const stopping = new Set(targets.map(({ identity }) => identity.pid));
  const planned = new Set(targets.flatMap(({ zombieKeys }) => [...zombieKeys]));
  return zombies.filter(({ key, holdings }) => planned.has(key) && holdings.every(({ pid }) => stopping.has(pid)))
    .length;
}

function settlesIn(targets: readonly PreparedTarget[], zombies: readonly AttributedZombie[]): number {
  const planned = new Set(targets.flatMap(({ zombieKeys }) => [...zombieKeys]));
  const ages = zombies.filter(({ key }) => planned.has(key)).map(({ ageMs }) => ageMs);
  return ages.length === 0 ? 0 : Math.max(0, Math.ceil(SETTLE_MS - Math.min(...ages)));
}

/** A holder that ended between two reads, or that may not be read. */
function unknownProcess(pid: number): PlanTarget['process'] {
  return { pid, startedAt: '', uid: -1, name: `process ${pid}`, commandLine: '' };
}

function worstFirst(one: PlanTarget | PlanRefusal, other: PlanTarget | PlanRefusal): number {
  return other.zombies - one.zombies || one.process.pid - other.process.pid;
}
