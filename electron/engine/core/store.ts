import type { Snapshot } from '../../../shared/snapshot.ts';

/** What a commit may change; the store sets `seq` and `at`. */
export type Change = Partial<Omit<Snapshot, 'seq' | 'at'>>;

type Listener = (next: Snapshot, previous: Snapshot) => void;

/** Holds the only snapshot. All changes go through it, and every listener hears of each exactly once. */
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

  /** Applies a change, derives level and advice, and publishes if anything changed. */
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

  /** Queues changes: when a listener commits, the others must still hear of the earlier change first. */
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
