import type { Snapshot } from '../../../shared/snapshot.ts';

/** What a commit may change; `seq` and `at` are the store's own. */
export type Change = Partial<Omit<Snapshot, 'seq' | 'at'>>;

type Listener = (next: Snapshot, previous: Snapshot) => void;

/** Holds the one snapshot. Nobody else changes it, and everybody hears of a change exactly once. */
export class Store {
  #snapshot: Snapshot;
  readonly #derive: (snapshot: Snapshot) => Pick<Snapshot, 'level' | 'advice'>;
  readonly #timestamp: () => string;
  readonly #listeners = new Set<Listener>();
  readonly #untold: [next: Snapshot, previous: Snapshot][] = [];
  #telling = false;

  constructor(
    initial: Snapshot,
    derive: (snapshot: Snapshot) => Pick<Snapshot, 'level' | 'advice'>,
    timestamp: () => string,
  ) {
    this.#snapshot = { ...initial, ...derive(initial) };
    this.#derive = derive;
    this.#timestamp = timestamp;
  }

  current(): Snapshot {
    return this.#snapshot;
  }

  /** Applies a change, derives level and advice, and publishes if anything differs from before. */
  commit(change: Change): Snapshot {
    const previous = this.#snapshot;
    const merged = { ...previous, ...change, at: this.#timestamp() };
    const next = { ...merged, ...this.#derive(merged) };
    if (isSame(next, previous)) return previous;
    this.#snapshot = { ...next, seq: previous.seq + 1 };
    this.#untold.push([this.#snapshot, previous]);
    this.#tell();
    return this.#snapshot;
  }

  /** A listener that commits must not make the others hear of its change before the one it answers. */
  #tell(): void {
    if (this.#telling) return;
    this.#telling = true;
    try {
      for (let news = this.#untold.shift(); news !== undefined; news = this.#untold.shift()) {
        for (const listener of [...this.#listeners]) listener(...news);
      }
    } finally {
      this.#telling = false;
    }
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

function isSame(one: Snapshot, other: Snapshot): boolean {
  return JSON.stringify({ ...one, at: '' }) === JSON.stringify({ ...other, at: '' });
}
