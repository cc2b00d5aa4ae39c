import type { Result } from '../../../../shared/result.ts';
import type { CleanedBy, Problem } from '../../../../shared/snapshot.ts';
import type { Platform } from '../../platform/types.ts';
import type { JournalEntry } from '../../record/journal/entries.ts';
import type { PreparedPlan } from '../planner.ts';
import type { FreshProof } from './freshness.ts';
import type { Verifier } from './verify.ts';

/** What the cleaner works with; everything that has an effect comes in here. */
export interface CleanerTools {
  platform: Pick<Platform, 'openTarget' | 'readHeldSockets' | 'confirmsHoldings'>;
  /** Reads everything anew. */
  prove(): Promise<Result<FreshProof, Problem>>;
  /** Writes entries to the journal and returns once they are on disk; false when they are not. */
  record(entries: readonly JournalEntry[]): Promise<boolean>;
  /** Takes one cheap look at the kernel's table. */
  look: Verifier;
  /** Monotonic milliseconds. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Wall time as ISO 8601 UTC. */
  timestamp(): string;
}

/** A confirmed plan, and who confirmed it. */
export interface CleanOrder {
  prepared: PreparedPlan;
  by: CleanedBy;
}
