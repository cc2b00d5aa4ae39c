import type { Result } from '../../../../shared/result.ts';
import type { CleanedBy, Problem } from '../../../../shared/snapshot.ts';
import type { Platform } from '../../platform/types.ts';
import type { JournalEntry } from '../../record/journal/entries.ts';
import type { PreparedPlan } from '../planner.ts';
import type { FreshProof } from './freshness.ts';
import type { Verifier } from './verify.ts';

/** Everything with an effect that the cleaner uses. */
export interface CleanerTools {
  platform: Pick<Platform, 'openTarget' | 'readHeldSockets' | 'confirmsHoldings'>;
  /** Reads everything anew. */
  prove(): Promise<Result<FreshProof, Problem>>;
  /** Writes entries to the journal; resolves once they are on disk, false when that failed. */
  record(entries: readonly JournalEntry[]): Promise<boolean>;
  /** Reads the kernel's table once. */
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
