import { randomUUID } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { Platform } from '../../platform/types.ts';
import { moveAside, replaceFile } from '../../record/files/atomic-file.ts';
import { systemCode } from '../../record/files/file-error.ts';
import type { Mutex } from '../../record/files/mutex.ts';
import {
  type BreakerMetrics,
  type BreakerStateChange,
  breakerMetrics,
  breakerStateChange,
} from '../../record/journal/entries.ts';
import type { Breaker, BreakerEvent, BreakerRules, Moment } from './breaker.ts';
import { decodeBreakers, encodeBreakers } from './file.ts';
import {
  type BreakerKey,
  type Breakers,
  breakerOf,
  everyKey,
  type PortBreaker,
  reduceOne,
  viewBreaker,
} from './set.ts';

/** Something about the breakers' file that people should know; the breakers work on from memory. */
export interface BreakerProblem {
  /** `corrupt`: moved aside to `detail` and begun anew. */
  code: 'corrupt' | 'not-read' | 'not-saved' | 'locked';
  path: string;
  detail: string;
}

export interface BreakerStoreParts {
  /** The breakers' file, which the mutex guards. */
  path: string;
  mutex: Mutex;
  rules: () => BreakerRules;
  /** The journal. */
  sink: { append(entry: BreakerStateChange | BreakerMetrics): unknown };
  platform: Pick<Platform, 'readProcessesOf' | 'self'>;
  onProblem: (problem: BreakerProblem) => void;
  wall?: () => Date;
  /** Monotonic milliseconds. */
  clock?: () => number;
}

const LOCK_TIMEOUT_MS = 2_000;
/** While one is not closed, its counters go to the journal this often. */
const TELL_EVERY_MS = 60_000;

type Problem = Omit<BreakerProblem, 'path'> | null;

/** An event for one of the breakers. */
export type KeyedEvent = readonly [BreakerKey, BreakerEvent];

/** The breakers in a file that several processes share; without the file they go on in this process's memory. */
export class SharedBreakers {
  readonly #parts: BreakerStoreParts;
  #breakers: Breakers = new Map();
  /** Of the file that memory was last equal to; `null` while there was none. */
  #revision: string | null = null;
  /** Memory is ahead of the file: it could not be written, or has not been yet. */
  #dirty = false;
  #stampSeen = '';
  #problemTold: string | null = null;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(parts: BreakerStoreParts) {
    this.#parts = parts;
  }

  /** As they were when this process last looked or changed one. */
  get breakers(): Breakers {
    return this.#breakers;
  }

  /** Looks again; costs one stat while nothing has changed. */
  refresh(): Promise<void> {
    return this.#enqueue(async () => {
      const stamp = await this.#stamp();
      const ticked = this.reduce(this.#breakers, this.#ticks());
      const mustTell = everyKey(this.#breakers).some((key) => this.#mustTell(key));
      if (stamp !== this.#stampSeen || ticked !== this.#breakers || mustTell) await this.#transact(async () => []);
    });
  }

  /** Reads, changes and writes under the lock; `decide` sees the breakers with the passing of time already counted. */
  change(decide: (current: Breakers) => Promise<readonly KeyedEvent[]>): Promise<void> {
    return this.#enqueue(() => this.#transact(decide));
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

  #enqueue(work: () => Promise<void>): Promise<void> {
    const turn = this.#queue.then(work);
    this.#queue = turn;
    return turn;
  }

  #ticks(): KeyedEvent[] {
    return [...this.#breakers.keys()].map((key) => [key, { type: 'tick' }]);
  }

  async #transact(decide: (current: Breakers) => Promise<readonly KeyedEvent[]>): Promise<void> {
    const lock = await this.#parts.mutex.acquire(LOCK_TIMEOUT_MS);
    let problem: Problem = lock.ok ? null : { code: 'locked', detail: lock.error.detail };
    const told: (BreakerStateChange | BreakerMetrics)[] = [];
    try {
      problem = (await this.#load(lock.ok)) ?? problem;
      for (const [key, event] of this.#ticks()) told.push(...this.#step(key, event));
      for (const [key, event] of await decide(this.#breakers)) told.push(...this.#step(key, event));
      for (const key of this.#breakers.keys()) if (this.#mustTell(key)) told.push(this.#tell(key));
      if (lock.ok && this.#dirty) problem = (await this.#save()) ?? problem;
      this.#stampSeen = await this.#stamp();
    } finally {
      if (lock.ok) await lock.value();
    }
    for (const entry of told) void this.#parts.sink.append(entry);
    this.#tellProblem(problem);
  }

  /** Each trouble once, until it is over. */
  #tellProblem(problem: Problem): void {
    if (problem !== null && problem.code !== this.#problemTold) {
      this.#parts.onProblem({ ...problem, path: this.#parts.path });
    }
    this.#problemTold = problem?.code ?? null;
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

  /** Takes over what the file says, unless memory is of the same writing: its clock is the better one. */
  async #load(locked: boolean): Promise<Problem> {
    let text: string;
    try {
      text = await readFile(this.#parts.path, 'utf8');
    } catch (error) {
      const code = systemCode(error);
      if (code !== 'ENOENT') return { code: 'not-read', detail: code };
      if (this.#revision !== null) this.#adopt(new Map(), null, false);
      return null;
    }
    const stored = decodeBreakers(text, this.now(), this.rules());
    if (stored === null) return locked ? this.#moveAside() : null;
    if (stored.revision !== this.#revision) {
      this.#adopt(stored.breakers, stored.revision, stored.mended);
    }
    return null;
  }

  async #moveAside(): Promise<Problem> {
    this.#dirty = true;
    const aside = await moveAside(this.#parts.path, this.now().wall);
    return { code: 'corrupt', detail: aside.ok ? (aside.value ?? '') : aside.error.detail };
  }

  #adopt(breakers: Breakers, revision: string | null, dirty: boolean): void {
    this.#breakers = breakers;
    this.#revision = revision;
    this.#dirty = dirty;
  }

  async #save(): Promise<Problem> {
    const revision = randomUUID();
    const text = encodeBreakers(this.#breakers, this.now(), revision);
    const saved = await replaceFile(this.#parts.path, text);
    if (!saved.ok) return { code: 'not-saved', detail: saved.error.detail };
    this.#revision = revision;
    this.#dirty = false;
    return null;
  }

  /** Changes whenever the file is replaced. */
  async #stamp(): Promise<string> {
    try {
      const { ino, mtimeNs, size } = await stat(this.#parts.path, { bigint: true });
      return `${ino} ${mtimeNs} ${size}`;
    } catch {
      return '';
    }
  }
}

/** For the journal, a breaker that nothing has reported to is a closed one. */
function plainKind({ mode }: Breaker): string {
  return mode.kind === 'unused' ? 'closed' : mode.kind;
}
