import type { Plan, PlanError } from '../../../../shared/plan.ts';
import type { Result } from '../../../../shared/result.ts';
import type { CleanResult } from '../../../../shared/snapshot.ts';
import type { Coverage } from '../../clean/planner.ts';
import { processText } from '../../platform/process/identity.ts';
import type { Platform } from '../../platform/types.ts';
import type { StartedBots } from './started-bots.ts';
import { type CommandTree, familyOf } from './tree/tree.ts';

/** What a guard cleans up before and after its attempts: bots that guards started, every cleanable bot, or nothing. */
export type GuardedCleaning = 'own' | 'all' | 'none';

/** The engine's two steps of a clean. */
export interface CleaningHand {
  plan(request: { purpose: 'zombies'; includeLive: []; covers?: Coverage }): Promise<Result<Plan, PlanError>>;
  clean(planId: string, by: 'guard'): Promise<Result<CleanResult, PlanError>>;
}

/** The result of a guard's clean. It never blocks an attempt. */
export type GuardedCleanEnd =
  | { kind: 'nothing' }
  | { kind: 'cleaned'; result: CleanResult }
  | { kind: 'trouble'; error: PlanError };

/**
 * Cleans what the policy covers, with a plan and verdicts like every clean. Does not scan at all when the policy cannot
 * cover anything.
 */
export async function cleanUp(parts: {
  policy: GuardedCleaning;
  hand: CleaningHand;
  /** Just read. */
  tree: CommandTree;
  bots: StartedBots;
  platform: Pick<Platform, 'readProcesses'>;
}): Promise<GuardedCleanEnd> {
  const { policy, hand } = parts;
  if (policy === 'none') return { kind: 'nothing' };
  const covers = policy === 'own' ? await coverOwn(parts) : undefined;
  if (covers === null) return { kind: 'nothing' };
  const plan = await hand.plan({ purpose: 'zombies', includeLive: [], ...(covers ? { covers } : {}) });
  if (!plan.ok) return { kind: 'trouble', error: plan.error };
  if (plan.value.targets.length === 0) return { kind: 'nothing' };
  const cleaned = await hand.clean(plan.value.id, 'guard');
  return cleaned.ok ? { kind: 'cleaned', result: cleaned.value } : { kind: 'trouble', error: cleaned.error };
}

/**
 * Covers this guard's processes, those that earlier guards lost, and the descendants of both; `null` when none of them
 * is running.
 */
async function coverOwn({ tree, bots, platform }: Parameters<typeof cleanUp>[0]): Promise<Coverage | null> {
  const table = await platform.readProcesses();
  if (!table.ok) return null;
  const lost = await bots.lost(table.value);
  const roots = [...lost, ...tree.alive()].map(({ pid }) => pid);
  const own = new Set(familyOf(roots, table.value).map(processText));
  return own.size === 0 ? null : (process) => own.has(processText(process));
}
