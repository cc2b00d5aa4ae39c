import type { BreakerState, PortState, Snapshot } from '../../../shared/snapshot.ts';
/** A look in shorthand: only what differs from a quiet machine. */
export interface Look extends Partial<Omit<Snapshot, 'scan' | 'seq'>> {
    seq?: number;
    blind?: boolean;
    stale?: boolean;
}
/** A watched port that listens and has `client` and `gateway` zombies. */
export declare function portState({ port, client, gateway }: {
    client?: number | undefined;
    gateway?: number | undefined;
    port?: number | undefined;
}): PortState;
/** A breaker in a state. */
export declare function breaker(state: BreakerState['state'], overrides?: Partial<BreakerState>): BreakerState;
/** A whole snapshot from a look in shorthand. */
export declare function snapshotOf({ blind, stale, ...look }?: Look): Snapshot;
