import { NO_FACTS } from '../../shared/advice.ts';
import type { BreakerStore } from './connect/breaker-store.ts';
import type { HandshakeLock } from './connect/lock.ts';
import type { Mirrors } from './parts.ts';
import { totalsOf } from './record/counters.ts';
import type { CountersReader } from './record/journal-read.ts';
import type { PauseFile } from './record/pause.ts';

/** Reads what bots, guards and other commands changed: the lock, the breaker, the journal's totals and the pause. */
export function createMirrors(parts: {
  lock: Pick<HandshakeLock, 'observe'>;
  breaker: Pick<BreakerStore, 'refresh'>;
  counters: CountersReader;
  pause: PauseFile;
}): Mirrors {
  return {
    read: async ({ lockPath }) => {
      const [lock, breaker, counted, pausedUntil] = await Promise.all([
        parts.lock.observe(lockPath),
        parts.breaker.refresh(),
        parts.counters.read(),
        parts.pause.read(),
      ]);
      return {
        lock,
        breaker,
        paused: pausedUntil !== null,
        ...(counted.ok ? { totals: totalsOf(counted.value) } : {}),
      };
    },
    facts: () => NO_FACTS,
  };
}
