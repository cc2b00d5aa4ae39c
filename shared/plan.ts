import type { ProcessRef, ProtectedReason, Verdict } from './snapshot.ts';

/** How long a plan may wait for its confirmation before it must be renewed (law 3), in ms. */
export const PLAN_LIFETIME_MS = 10_000;

/**
 * What a clean would do, made before anything is done. A person or a policy confirms it by `id`; every target is
 * proved again right before each signal, so a plan can only ever shrink.
 */
export interface Plan {
  id: string;
  madeAt: string;
  expiresAt: string;
  /** The ports whose zombies are to be cleaned. */
  ports: number[];
  targets: PlanTarget[];
  refused: PlanRefusal[];
  /** Zombies the plan's targets hold: what the clean would free. */
  frees: number;
  /** Gateway-side connections that stopping live bots would add, because the Gateway does not close its ends. */
  addsGatewaySide: number;
  /** How long the youngest target's zombies still need until they are old enough to act on; 0 when all are. */
  settlesInMs: number;
  /** How long a target has between SIGTERM and SIGKILL. */
  graceMs: number;
}

export interface PlanTarget {
  process: ProcessRef;
  ports: number[];
  zombies: number;
  /** Live API sessions that end with it, its descendants' included; above 0 only when a person included it. */
  sessions: number;
  verdict: Extract<Verdict, { kind: 'cleanable' }>;
  /** Other ports that it listens on, which go with it; `null` when that could not be read. */
  serves: ServedPort[] | null;
}

/** A port that a target listens on. */
export interface ServedPort {
  port: number;
  /** Connections to it that are open now. */
  clients: number;
}

export interface PlanRefusal {
  /** Opaque: the panel may ask for a plan that includes a live bot by this id, never by a pid. */
  id: string;
  process: ProcessRef;
  ports: number[];
  zombies: number;
  sessions: number;
  reason: ProtectedReason | 'frees-nothing';
  /** Why, in words for a person. */
  text: string;
  /** True when a person may include it all the same, and it would be a target then. */
  liftable: boolean;
}

/** Why there is no plan or why a plan may not be carried out. */
export type PlanError =
  | { code: 'cannot-see'; hint: string }
  | { code: 'plan-expired' }
  | { code: 'plan-unknown' }
  | { code: 'busy' };
