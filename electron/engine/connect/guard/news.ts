import type { LockError } from '../../../../shared/lock.ts';
import type { PlanError } from '../../../../shared/plan.ts';
import type { BreakerState, CleanResult } from '../../../../shared/snapshot.ts';
import type { StartError } from '../../platform/run/child.ts';
import type { LeftZombies } from './attempt/sessions.ts';

/** What a guard reports to the person who runs it, besides the bot's own output. */
export type GuardNews =
  | { kind: 'blocked'; breaker: BreakerState; why: 'open' | 'held' | 'probing'; lastCode: number | null }
  | { kind: 'exhausted'; attempts: number; lastCode: number | null }
  | { kind: 'left-running'; processes: { name: string; why: string }[]; lastCode: number | null }
  | { kind: 'rest-stopped'; names: string[] }
  | { kind: 'rest-spared'; names: string[] }
  | { kind: 'failed'; attempt: number; of: number; reason: string; retryInMs: number | null; ownFault: boolean }
  | { kind: 'left-zombies'; bot: string; left: LeftZombies }
  | { kind: 'not-started'; error: StartError }
  | { kind: 'connected'; attempt: number; proven: boolean }
  | { kind: 'unseen' }
  | { kind: 'stopping' }
  | { kind: 'left-alone'; reason: string }
  | { kind: 'stopped-by-sexton' }
  | { kind: 'self-locking' }
  | { kind: 'lock-overdue' }
  | { kind: 'without-lock'; error: LockError }
  | { kind: 'cleaned'; result: CleanResult }
  | { kind: 'clean-trouble'; error: PlanError }
  | { kind: 'trouble'; text: string };
