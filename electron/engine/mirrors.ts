import { NO_FACTS } from '../../shared/advice.ts';
import type { HandshakeLock } from './connect/lock.ts';
import type { Mirrors } from './parts.ts';
import { totalsOf } from './record/counters.ts';
import type { CountersReader } from './record/journal-read.ts';
import type { PauseFile } from './record/pause.ts';

/** Reads what bots, guards and other commands changed: the lock, the breaker, the journal's totals and the pause. */
export function createMirrors(parts: {
  lock: Pick<HandshakeLock, 'observe'>;
  counters: CountersReader;
  pause: PauseFile;
}): Mirrors {
  return {
    read: async ({ lockPath }) => {
      const [lock, counted, pausedUntil] = await Promise.all([
        parts.lock.observe(lockPath),
        parts.counters.read(),
        parts.pause.read(),
      ]);
      return { lock, paused: pausedUntil !== null, ...(counted.ok ? { totals: totalsOf(counted.value) } : {}) };
    },
    facts: () => NO_FACTS,
  };
}
