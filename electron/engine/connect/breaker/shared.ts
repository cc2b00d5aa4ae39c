import { randomUUID } from 'node:crypto';
import type { Platform } from '../../platform/types.ts';
import { type HeldFile, openStateFile, type StateFile, type StatePlace } from '../../record/files/state-file.ts';
import type { FileTrouble } from '../../record/files/troubles.ts';
import {
  type BreakerMetrics,
  type BreakerStateChange,
  breakerMetrics,
  breakerStateChange,
} from '../../record/journal/entries.ts';
import { type Serial, serial } from '../../serial.ts';
import type { Breaker, BreakerEvent, BreakerRules, Moment } from './breaker.ts';
import { decodeBreakers, encodeBreakers, type StoredBreakers } from './file.ts';
import {
  type BreakerKey,
  type Breakers,
  breakerOf,
  everyKey,
  type PortBreaker,
  reduceOne,
  viewBreaker,
} from './set.ts';

/** Something about the breakers' file that people should know; the breakers continue in memory. */
export interface BreakerProblem {
  /** `corrupt`: it was damaged and is now kept as `detail`. */
  code: 'corrupt' | 'not-read' | 'not-saved' | 'locked';
  path: string;
  detail: string;
}

/** What the breakers are made of; the place is that of their file. */
export interface BreakerStoreParts extends StatePlace {
  rules: () => BreakerRules;
  /** The journal. */
  sink: { append(entry: BreakerStateChange | BreakerMetrics): unknown };
  platform: Pick<Platform, 'readProcessesOf' | 'self'>;
  wall?: () => Date;
  /** Monotonic milliseconds. */
  clock?: () => number;
}

/** While one is not closed, its counters go to the journal this often. */
const TELL_EVERY_MS = 60_000;

/** A trouble of the breakers' file in the form that `sexton breaker` and `sexton guard` print. */
export function breakerProblem({ code, path, detail }: FileTrouble): BreakerProblem {
  if (code !== 'stuck') return { code, path, detail };
  return { code: 'not-read', path, detail: `it is damaged and could not be moved aside: ${detail}` };
}

/** An event for one of the breakers. */
export type KeyedEvent = readonly [BreakerKey, BreakerEvent];

/** The breakers in a file that several processes share. Without the file they continue in this process's memory. */
export class SharedBreakers {
  readonly #parts: BreakerStoreParts;
  #breakers: Breakers = new Map();
  /** The file's revision that memory last matched; `null` while there was no file. */
  #revision: string | null = null;
  /** Memory is ahead of the file, which could not be written or has not been yet. */
  #dirty = false;
  readonly #file: StateFile<StoredBreakers>;
  readonly #inTurn: Serial = serial();

  constructor(parts: BreakerStoreParts) {
    this.#parts = parts;
    this.#file = openStateFile<StoredBreakers>({
      path: parts.path,
      mutex: parts.mutex,
      reports: parts.reports,
      decode: (text) => decodeBreakers(text, this.now(), this.rules()),
      encode: ({ breakers, revision }) => encodeBreakers(breakers, this.now(), revision),
      what: "a circuit breakers' file",
      // Without the lock another process's count could be lost; this one's goes on in memory.
      withoutLock: 'refuse',
      now: () => this.now().wall,
    });
  }

  /** As of this process's last read or change. */
  get breakers(): Breakers {
    return this.#breakers;
  }

  /** Reads again if the file or the time has changed something; costs one `stat` if not. */
  refresh(): Promise<void> {
    return this.#inTurn(async () => {
      const ticked = this.reduce(this.#breakers, this.#ticks());
      const mustTell = everyKey(this.#breakers).some((key) => this.#mustTell(key));
      if (ticked !== this.#breakers || mustTell || (await this.#file.hasChanged())) {
        await this.#transact(async () => []);
      }
    });
  }

  /** Reads, changes and writes under the lock; `decide` sees the breakers with the passing of time already counted. */
  change(decide: (current: Breakers) => Promise<readonly KeyedEvent[]>): Promise<void> {
    return this.#inTurn(() => this.#transact(decide));
  }

  /** The breakers after these events. */
  reduce(breakers: Breakers, events: readonly KeyedEvent[]): Breakers {
    const rules = this.#parts.rules();
    return events.reduce((all, [key, event]) => reduceOne(all, key, event, this.now(), rules), breakers);
  }

  rules(): BreakerRules {
    return this.#parts.rules();
  }

  now(): Moment {
    const { wall = () => new Date(), clock = () => performance.now() } = this.#parts;
    return { wall: wall(), clock: clock() };
  }

  #ticks(): KeyedEvent[] {
    return [...this.#breakers.keys()].map((key) => [key, { type: 'tick' }]);
  }

  async #transact(decide: (current: Breakers) => Promise<readonly KeyedEvent[]>): Promise<void> {
    const told: (BreakerStateChange | BreakerMetrics)[] = [];
    await this.#file.exclusively(async (file) => {
      await this.#load(file);
      for (const [key, event] of this.#ticks()) told.push(...this.#step(key, event));
      for (const [key, event] of await decide(this.#breakers)) told.push(...this.#step(key, event));
      for (const key of this.#breakers.keys()) if (this.#mustTell(key)) told.push(this.#tell(key));
      if (file.mayWrite && this.#dirty) await this.#save(file);
    });
    for (const entry of told) void this.#parts.sink.append(entry);
  }

  #step(key: BreakerKey, event: BreakerEvent): (BreakerStateChange | BreakerMetrics)[] {
    const before = breakerOf(this.#breakers, key).breaker;
    this.#breakers = this.reduce(this.#breakers, [[key, event]]);
    const after = breakerOf(this.#breakers, key).breaker;
    this.#dirty ||= after !== before;
    const changed = plainKind(before) !== plainKind(after);
    if (!changed && before.failures === after.failures && before.successes === after.successes) return [];
    const at = this.now().wall.toISOString();
    return changed ? [breakerStateChange(at, this.#view(key), key), this.#tell(key)] : [this.#tell(key)];
  }

  #view(key: BreakerKey): PortBreaker {
    return viewBreaker(this.#breakers, key, this.now(), this.rules());
  }

  #mustTell(key: BreakerKey): boolean {
    const { breaker, toldAt } = breakerOf(this.#breakers, key);
    if (breaker.mode.kind === 'closed' || breaker.mode.kind === 'unused') return false;
    if (toldAt === null) return true;
    return Math.abs(this.now().wall.getTime() - Date.parse(toldAt)) >= TELL_EVERY_MS;
  }

  #tell(key: BreakerKey): BreakerMetrics {
    const toldAt = this.now().wall.toISOString();
    this.#breakers = new Map(this.#breakers).set(key, { ...breakerOf(this.#breakers, key), toldAt });
    this.#dirty = true;
    return breakerMetrics(toldAt, this.#view(key), key);
  }

  /** Takes over what the file says, unless memory matches it already: memory has the more exact deadlines. */
  async #load(file: HeldFile<StoredBreakers>): Promise<void> {
    const read = await file.read();
    if (!read.ok) return;
    switch (read.value.kind) {
      case 'absent':
        if (this.#revision !== null) this.#adopt(new Map(), null, false);
        return;
      case 'moved-aside':
        this.#dirty = true;
        return;
      case 'value': {
        const { breakers, revision, mended } = read.value.value;
        if (revision !== this.#revision) this.#adopt(breakers, revision, mended);
      }
    }
  }

  #adopt(breakers: Breakers, revision: string | null, dirty: boolean): void {
    this.#breakers = breakers;
    this.#revision = revision;
    this.#dirty = dirty;
  }

  async #save(file: HeldFile<StoredBreakers>): Promise<void> {
    const revision = randomUUID();
    const saved = await file.write({ breakers: this.#breakers, revision, mended: false });
    if (!saved.ok) return;
    this.#revision = revision;
    this.#dirty = false;
  }
}

/** For the journal, a breaker that nothing has reported to is a closed one. */
function plainKind({ mode }: Breaker): string {
  return mode.kind === 'unused' ? 'closed' : mode.kind;
}
