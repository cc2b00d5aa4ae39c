import type { Settings, WatchedPort } from '../../../shared/settings/settings.ts';
import type { BreakerState, Snapshot } from '../../../shared/snapshot.ts';
import { timestamp } from '../clock.ts';
import { unknownPortStates } from '../observe/ports.ts';

/** The snapshot before the first scan: everything is unknown. */
export function initialSnapshot(settings: Settings, ports: readonly WatchedPort[], wallMs: number): Snapshot {
  return {
    seq: 0,
    at: timestamp(wallMs),
    level: 'blind',
    paused: false,
    scan: { kind: 'stale', at: timestamp(0), durationMs: 0, problems: [] },
    ports: unknownPortStates(ports),
    elsewhere: [],
    owners: [],
    unattributed: null,
    advice: { kind: 'nothing', text: '' },
    cleanup: { kind: 'idle' },
    lock: { kind: 'unknown', path: settings.lockPath, holder: null, since: null, waiters: [] },
    breaker: unusedBreaker(settings),
    runnerBreaker: null,
    restart: null,
    totals: { cleanups: 0, cleanupsClean: 0, connectAttempts: 0, connectRetries: 0 },
  };
}

/** The breaker before anything has reported to it. */
function unusedBreaker({ breaker }: Settings): BreakerState {
  return {
    state: 'unused',
    failures: 0,
    successes: 0,
    threshold: breaker.failureThreshold,
    changedAt: null,
    retryAt: null,
    reason: null,
  };
}
