import { isSameShown } from '../../../shared/same-process.ts';
import type { Settings } from '../../../shared/settings/settings.ts';
import type { ProcessRef, Snapshot } from '../../../shared/snapshot.ts';
import { autoCleanCoverage, listedBots } from '../clean/auto-clean.ts';
import type { Coverage } from '../clean/planner.ts';
import { SessionHistory } from '../clean/session-history.ts';
import type { Clock } from '../clock.ts';
import type { Scan } from './watcher.ts';

/**
 * Remembers what automatic cleaning needs: since when the same Gateway listens, who has had sessions recently, and the
 * last clean.
 */
export class AutoCleaner {
  readonly #clock: Clock;
  readonly #sessions: SessionHistory;
  #listening = new Map<number, { gateway: ProcessRef; since: number }>();
  #lastClean = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, self: { uid: number }) {
    this.#clock = clock;
    this.#sessions = new SessionHistory(self);
  }

  /** Records every scan, including those that a person asked for. */
  note({ look, proof }: Pick<Scan, 'look' | 'proof'>): void {
    this.#sessions.note(look, proof, { now: this.#clock.now(), wall: this.#clock.wall() });
  }

  /** Must scans come close together because a listed bot may soon be cleaned and its sessions must not be missed? */
  isWaiting({ proof }: Pick<Scan, 'proof'>, settings: Settings): boolean {
    if (settings.autoClean !== 'on' || proof === null) return false;
    const isListed = listedBots(settings);
    const { processes } = proof.attribution;
    return proof.zombies.some(
      ({ side, holdings }) =>
        side === 'client' &&
        holdings.some(({ pid }) => {
          const process = processes.get(pid);
          return process !== undefined && isListed(process);
        }),
    );
  }

  /** The bots that may be cleaned now without asking; `null` for none. */
  coverage({ ports, scan }: Pick<Snapshot, 'ports' | 'scan'>, settings: Settings): Coverage | null {
    const now = this.#clock.now();
    const listening = new Map<number, { gateway: ProcessRef; since: number }>();
    for (const { port, listening: open, gateway } of ports) {
      if (open !== true || gateway === null) continue;
      const before = this.#listening.get(port);
      const stays = before !== undefined && isSameShown(before.gateway, gateway);
      listening.set(port, stays ? before : { gateway, since: now });
    }
    if (scan.kind === 'failed') return null;
    this.#listening = listening;
    return autoCleanCoverage({
      settings,
      listeningForMs: new Map([...listening].map(([port, { since }]) => [port, now - since])),
      quietForMs: (process) => this.#sessions.quietForMs(process, now),
      sinceLastMs: now - this.#lastClean,
    });
  }

  noteClean(): void {
    this.#lastClean = this.#clock.now();
  }
}
