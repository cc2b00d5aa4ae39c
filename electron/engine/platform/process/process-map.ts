import { isSameProcess } from './identity.ts';
import type { ProcessKey } from './key.ts';

/** What is remembered of each process; the next one with the same pid takes its place. */
export class ProcessMap<Value> {
  readonly #entries = new Map<number, { key: ProcessKey; value: Value }>();

  get(process: ProcessKey): Value | undefined {
    const entry = this.#entries.get(process.pid);
    return entry !== undefined && isSameProcess(entry.key, process) ? entry.value : undefined;
  }

  set({ pid, startToken }: ProcessKey, value: Value): void {
    this.#entries.set(pid, { key: { pid, startToken }, value });
  }

  /** Forgets all others. */
  keepWhere(isKept: (value: Value) => boolean): void {
    for (const [pid, { value }] of this.#entries) if (!isKept(value)) this.#entries.delete(pid);
  }
}
