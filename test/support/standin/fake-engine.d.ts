import type { Engine } from '../../../electron/engine/api.ts';
import type { Snapshot } from '../../../shared/snapshot.ts';
/** An engine without a machine under it: shows what it is told to, and remembers what it was asked. */
export interface FakeEngine extends Engine {
    /** Publishes a snapshot. */
    show(snapshot: Snapshot): void;
    readonly asked: {
        call: string;
        with: unknown;
    }[];
}
/** Makes an engine that shows a quiet machine. */
export declare function fakeEngine(initial?: Snapshot): FakeEngine;
