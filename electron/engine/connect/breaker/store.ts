import { randomUUID } from 'node:crypto';
import type { BreakerState } from '../../../../shared/snapshot.ts';
import { isAlive, selfKey } from '../../platform/process/key.ts';
import type { Platform } from '../../platform/types.ts';
import { type Admission, admission, type BreakerEvent } from './breaker.ts';
import {
  type BreakerKey,
  type Breakers,
  breakerOf,
  everyKey,
  type PortBreaker,
  viewBreaker,
  viewBreakers,
  withoutPort,
} from './set.ts';
import { type BreakerStoreParts, type KeyedEvent, SharedBreakers } from './shared.ts';

/** An attempt that the breakers of its ports allow. Its outcome is reported once; the methods return the worst of these breakers. */
export interface Attempt {
  allowed: true;
  /** The one attempt that a half-open breaker lets through. */
  probe: boolean;
  /** On this port only; on all ports of the attempt when the port is not known. */
  succeeded(port?: number | null): Promise<BreakerState>;
  failed(reason: string, port?: number | null): Promise<BreakerState>;
  /** It ended without an outcome, for example because a person stopped it. */
  gone(): Promise<BreakerState>;
}

/** Why an attempt may not begin, and the breaker that refused it. */
export type Refusal = Extract<Admission, { allowed: false }> & { breaker: BreakerState };

/** The breakers that all of this user's Sexton processes share: one for each port given to a guard, one for guards without a port. */
export interface BreakerStore {
  /** The worst of them, as of this process's last read or change; its reason names the port. */
  view(): BreakerState;
  /** All of them, the worst first. */
  list(): PortBreaker[];
  /** The breaker of one port, or the shared one. */
  viewOf(port: BreakerKey): PortBreaker;
  /** Reads again; costs one `stat` while nothing has changed. The first process to see that time changed a breaker writes and journals it. */
  refresh(): Promise<BreakerState>;
  /** Asks for an attempt on these ports, on any port when empty; `outcomeWithinMs` is how long a probe may take. */
  admit(outcomeWithinMs: number, ports?: readonly number[]): Promise<Attempt | Refusal>;
  /** The outcome of a connect without a guard. While half-open it counts as a probe, unless a guard's probe is under way. */
  report(outcome: { ok: true } | { ok: false; reason: string }, port: BreakerKey): Promise<BreakerState>;
  /** Holds one port, or all, on the user's behalf: no attempt is allowed until a reset. */
  hold(reason: string, port?: number): Promise<BreakerState>;
  /** Ends holds and forgets failures, of one port or of all. */
  reset(port?: number): Promise<BreakerState>;
}

/** The breakers of this user, for guards, commands and the app. */
export function createBreakerStore(parts: BreakerStoreParts): BreakerStore {
  return new FileBreakerStore(parts);
}

/** A report is a probe with a known outcome: it needs the probe's place only until it is written. */
const REPORT_WITHIN_MS = 10_000;

/** Which reason a refused bot is given first. */
const REFUSALS: readonly Refusal['why'][] = ['held', 'open', 'probing'];

class FileBreakerStore implements BreakerStore {
  readonly #shared: SharedBreakers;
  readonly #platform: Pick<Platform, 'readProcessesOf' | 'self'>;

  constructor(parts: BreakerStoreParts) {
    this.#shared = new SharedBreakers(parts);
    this.#platform = parts.platform;
  }

  view(): BreakerState {
    return withoutPort(this.list()[0] ?? this.viewOf(null));
  }

  list(): PortBreaker[] {
    return viewBreakers(this.#shared.breakers, this.#shared.now(), this.#shared.rules());
  }

  viewOf(port: BreakerKey): PortBreaker {
    return viewBreaker(this.#shared.breakers, port, this.#shared.now(), this.#shared.rules());
  }

  async refresh(): Promise<BreakerState> {
    await this.#shared.refresh();
    return this.view();
  }

  async admit(outcomeWithinMs: number, ports: readonly number[] = []): Promise<Attempt | Refusal> {
    const keys: readonly BreakerKey[] = ports.length === 0 ? [null] : [...new Set(ports)];
    const id = randomUUID();
    const prober = await selfKey(this.#platform);
    let answer: Refusal | { allowed: true; probe: boolean } = { allowed: true, probe: false };
    await this.#shared.change(async (current) => {
      const freed = await this.#lostProbes(current, keys);
      answer = this.#answer(this.#shared.reduce(current, freed), keys);
      if (!answer.allowed) return freed;
      return [...freed, ...keys.map((key) => [key, { type: 'begin', id, prober, outcomeWithinMs }] as const)];
    });
    if (!answer.allowed) return answer;
    const end = async (concerned: readonly BreakerKey[], event: BreakerEvent): Promise<BreakerState> => {
      await this.#apply(keys.map((key) => [key, concerned.includes(key) ? event : { type: 'gone', id }]));
      return withoutPort(this.list().find(({ port }) => keys.includes(port)) ?? this.viewOf(keys[0] ?? null));
    };
    const at = (port: number | null = null): readonly BreakerKey[] => (keys.includes(port) ? [port] : keys);
    return {
      ...answer,
      succeeded: (port) => end(at(port), { type: 'success', id }),
      failed: (reason, port) => end(at(port), { type: 'failure', id, reason }),
      gone: () => end([], { type: 'gone', id }),
    };
  }

  async report(outcome: { ok: true } | { ok: false; reason: string }, port: BreakerKey): Promise<BreakerState> {
    const id = randomUUID();
    const prober = await selfKey(this.#platform);
    await this.#apply([
      [port, { type: 'begin', id, prober, outcomeWithinMs: REPORT_WITHIN_MS }],
      [port, outcome.ok ? { type: 'success', id } : { type: 'failure', id, reason: outcome.reason }],
    ]);
    return this.view();
  }

  async hold(reason: string, port?: number): Promise<BreakerState> {
    await this.#applyTo(port, { type: 'hold', reason });
    return this.view();
  }

  async reset(port?: number): Promise<BreakerState> {
    await this.#applyTo(port, { type: 'reset' });
    return this.view();
  }

  /** All breakers of an attempt must allow it. */
  #answer(breakers: Breakers, keys: readonly BreakerKey[]): Refusal | { allowed: true; probe: boolean } {
    const now = this.#shared.now();
    let probe = false;
    const refusals: Refusal[] = [];
    for (const key of keys) {
      const one = admission(breakerOf(breakers, key).breaker, now);
      if (one.allowed) probe ||= one.probe;
      else refusals.push({ ...one, breaker: withoutPort(viewBreaker(breakers, key, now, this.#shared.rules())) });
    }
    const [worst] = refusals.toSorted((one, other) => REFUSALS.indexOf(one.why) - REFUSALS.indexOf(other.why));
    return worst ?? { allowed: true, probe };
  }

  /** Probes whose process is gone: their places are free again. */
  async #lostProbes(breakers: Breakers, keys: readonly BreakerKey[]): Promise<KeyedEvent[]> {
    const lost: KeyedEvent[] = [];
    for (const key of keys) {
      const { mode } = breakerOf(breakers, key).breaker;
      if (mode.kind !== 'half_open' || mode.probe === null) continue;
      if (!(await isAlive(this.#platform, mode.probe.prober))) lost.push([key, { type: 'gone', id: mode.probe.id }]);
    }
    return lost;
  }

  /** Applies an event to one breaker, or to all that exist by then. */
  #applyTo(port: number | undefined, event: BreakerEvent): Promise<void> {
    return this.#shared.change(async (current) =>
      (port === undefined ? everyKey(current) : [port]).map((key) => [key, event]),
    );
  }

  #apply(events: readonly KeyedEvent[]): Promise<void> {
    return this.#shared.change(async () => events);
  }
}
