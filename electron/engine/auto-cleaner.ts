import type { Settings } from '../../shared/settings.ts';
import type { Snapshot } from '../../shared/snapshot.ts';
import { autoCleanCoverage } from './clean/auto-clean.ts';
import type { Coverage } from './clean/planner.ts';
import type { Clock } from './clock.ts';

/** Remembers what the policy of automatic cleaning needs: since when the same Gateway listens, and the last clean. */
export class AutoCleaner {
  readonly #clock: Clock;
  #listening = new Map<number, { gateway: string; since: number }>();
  #lastClean = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The bots that may be cleaned now without asking; `null` for none. */
  coverage({ ports, scan }: Pick<Snapshot, 'ports' | 'scan'>, settings: Settings): Coverage | null {
    const now = this.#clock.now();
    const listening = new Map<number, { gateway: string; since: number }>();
    for (const { port, listening: open, gateway } of ports) {
      if (open !== true || gateway === null) continue;
      const identity = `${gateway.pid} ${gateway.startedAt}`;
      const before = this.#listening.get(port);
      listening.set(port, before?.gateway === identity ? before : { gateway: identity, since: now });
    }
    if (scan.kind === 'failed') return null;
    this.#listening = listening;
    return autoCleanCoverage({
      settings,
      listeningForMs: new Map([...listening].map(([port, { since }]) => [port, now - since])),
      sinceLastMs: now - this.#lastClean,
    });
  }

  noteClean(): void {
    this.#lastClean = this.#clock.now();
  }
}
