import type { ProcessRef } from '../../../shared/snapshot.ts';
import type { Holding } from '../platform/types.ts';
import { connectionKey, mirrored } from './endpoints.ts';
import type { TrackedZombie } from './zombies.ts';

/** Maximum number of remembered connections; the oldest go first. */
const MAX_SIGHTINGS = 4_096;

/**
 * Remembers which process held the bot's end of each connection while it was alive, so that a gateway-side zombie can
 * be traced to it after the process and its socket are gone.
 */
export class CulpritMemory {
  readonly #sightings = new Map<string, ProcessRef>();
  readonly #zombies = new Map<string, ProcessRef[]>();

  /** Records who holds which live connection now. */
  see(holdings: readonly Holding[], refer: (pid: number) => ProcessRef | null, ports: ReadonlySet<number>): void {
    for (const holding of holdings) {
      if (holding.state !== 'ESTABLISHED' || holding.remote === null || !ports.has(holding.remote.port)) continue;
      const process = refer(holding.pid);
      if (process === null) continue;
      const key = connectionKey(holding);
      this.#sightings.delete(key);
      this.#sightings.set(key, process);
    }
    for (const oldest of this.#sightings.keys()) {
      if (this.#sightings.size <= MAX_SIGHTINGS) break;
      this.#sightings.delete(oldest);
    }
  }

  /** Links each gateway-side zombie to its culprit as soon as it appears, because its client port may be reused later. */
  bind(zombies: Iterable<TrackedZombie>): void {
    const present = new Set<string>();
    for (const { key, row, side } of zombies) {
      if (side !== 'gateway') continue;
      present.add(key);
      if (this.#zombies.has(key)) continue;
      const culprit = this.#sightings.get(mirrored(row) ?? '');
      if (culprit) this.#zombies.set(key, [culprit]);
    }
    for (const key of this.#zombies.keys()) {
      if (!present.has(key)) this.#zombies.delete(key);
    }
  }

  /** The processes known to have left this zombie. */
  of(zombieKey: string): readonly ProcessRef[] {
    return this.#zombies.get(zombieKey) ?? [];
  }
}
