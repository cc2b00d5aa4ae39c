import { randomUUID } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { BreakerState } from '../../../shared/snapshot.ts';
import type { Platform } from '../platform/types.ts';
import { moveAside, replaceFile } from '../record/atomic-file.ts';
import { type BreakerMetrics, type BreakerStateChange, breakerMetrics, breakerStateChange } from '../record/entries.ts';
import { systemCode } from '../record/file-error.ts';
import type { Mutex } from '../record/mutex.ts';
import {
  type Admission,
  admission,
  type Breaker,
  type BreakerEvent,
  type BreakerRules,
  breakerView,
  FRESH_BREAKER,
  type Moment,
  reduceBreaker,
} from './breaker.ts';
import { decodeBreaker, encodeBreaker } from './breaker-file.ts';
import { isAlive, selfAsProber } from './prober.ts';

/** Something about the breaker's file that people should know; the breaker works on from memory. */
export interface BreakerProblem {
  /** `corrupt`: moved aside to `detail` and begun anew. */
  code: 'corrupt' | 'not-read' | 'not-saved' | 'locked';
  path: string;
  detail: string;
}

/** An attempt that the breaker let begin. Its outcome is reported once. */
export interface Attempt {
  allowed: true;
  /** The one attempt that a half-open breaker lets through. */
  probe: boolean;
  succeeded(): Promise<BreakerState>;
  failed(reason: string): Promise<BreakerState>;
  /** It ended without an outcome, for example because a person stopped it. */
  gone(): Promise<BreakerState>;
}

/** The breaker that all of this user's Sexton processes share. */
export interface BreakerStore {
  /** As it was when this process last looked or changed it. */
  view(): BreakerState;
  /** Looks again; costs one stat while nothing has changed. Time's own changes are written and told by whoever sees them first. */
  refresh(): Promise<BreakerState>;
  /** Asks for an attempt; `outcomeWithinMs` is how long a probe's place is kept for its outcome. */
  admit(outcomeWithinMs: number): Promise<Attempt | Extract<Admission, { allowed: false }>>;
  /** A person's hold: nothing is let through until a person resets it. */
  hold(reason: string): Promise<BreakerState>;
  reset(): Promise<BreakerState>;
}

export interface BreakerStoreParts {
  /** The breaker's file, which the mutex guards. */
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
/** While it is not closed, its counters go to the journal this often. */
const TELL_EVERY_MS = 60_000;

type Problem = Omit<BreakerProblem, 'path'> | null;

/** The breaker in a file that several processes share; without the file it goes on in this process's memory. */
export function createBreakerStore(parts: BreakerStoreParts): BreakerStore {
  return new FileBreakerStore(parts);
}

class FileBreakerStore implements BreakerStore {
  readonly #parts: BreakerStoreParts;
  #breaker: Breaker = FRESH_BREAKER;
  /** Of the file that memory was last equal to; `null` while there was none. */
  #revision: string | null = null;
  #toldAt: string | null = null;
  /** Memory is ahead of the file: it could not be written, or has not been yet. */
  #dirty = false;
  #stampSeen = '';
  #problemTold: string | null = null;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(parts: BreakerStoreParts) {
    this.#parts = parts;
  }

  view(): BreakerState {
    return breakerView(this.#breaker, this.#now(), this.#parts.rules());
  }

  refresh(): Promise<BreakerState> {
    return this.#enqueue(async () => {
      const stamp = await this.#stamp();
      const ticked = reduceBreaker(this.#breaker, { type: 'tick' }, this.#now(), this.#parts.rules());
      if (stamp !== this.#stampSeen || ticked !== this.#breaker || this.#mustTell())
        await this.#transact(async () => []);
    });
  }

  async admit(outcomeWithinMs: number): Promise<Attempt | Extract<Admission, { allowed: false }>> {
    const id = randomUUID();
    const prober = await selfAsProber(this.#parts.platform);
    let answer: Admission = { allowed: true, probe: false };
    await this.#enqueue(() =>
      this.#transact(async (current) => {
        const { mode } = current;
        const probe = mode.kind === 'half_open' ? mode.probe : null;
        const lost = probe !== null && !(await isAlive(this.#parts.platform, probe.prober));
        const freed: BreakerEvent[] = lost ? [{ type: 'gone', id: probe.id }] : [];
        const now = this.#now();
        const after = freed.reduce((state, event) => reduceBreaker(state, event, now, this.#parts.rules()), current);
        answer = admission(after, now);
        return answer.allowed ? [...freed, { type: 'begin', id, prober, outcomeWithinMs }] : freed;
      }),
    );
    if (!answer.allowed) return answer;
    return {
      allowed: true,
      probe: answer.probe,
      succeeded: () => this.#apply({ type: 'success', id }),
      failed: (reason) => this.#apply({ type: 'failure', id, reason }),
      gone: () => this.#apply({ type: 'gone', id }),
    };
  }

  hold(reason: string): Promise<BreakerState> {
    return this.#apply({ type: 'hold', reason });
  }

  reset(): Promise<BreakerState> {
    return this.#apply({ type: 'reset' });
  }

  #apply(event: BreakerEvent): Promise<BreakerState> {
    return this.#enqueue(() => this.#transact(async () => [event]));
  }

  async #enqueue(work: () => Promise<void>): Promise<BreakerState> {
    const turn = this.#queue.then(work);
    this.#queue = turn;
    await turn;
    return this.view();
  }

  /** Reads, changes and writes under the lock; `decide` sees the breaker with the passing of time already counted. */
  async #transact(decide: (current: Breaker) => Promise<BreakerEvent[]>): Promise<void> {
    const lock = await this.#parts.mutex.acquire(LOCK_TIMEOUT_MS);
    let problem: Problem = lock.ok ? null : { code: 'locked', detail: lock.error.detail };
    const told: (BreakerStateChange | BreakerMetrics)[] = [];
    try {
      problem = (await this.#load(lock.ok)) ?? problem;
      told.push(...this.#step({ type: 'tick' }));
      for (const event of await decide(this.#breaker)) told.push(...this.#step(event));
      if (this.#mustTell()) told.push(this.#tell());
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

  #step(event: BreakerEvent): (BreakerStateChange | BreakerMetrics)[] {
    const before = this.#breaker;
    const after = reduceBreaker(before, event, this.#now(), this.#parts.rules());
    this.#breaker = after;
    this.#dirty ||= after !== before;
    const changed = plainKind(before) !== plainKind(after);
    if (!changed && before.failures === after.failures && before.successes === after.successes) return [];
    const at = this.#now().wall.toISOString();
    return changed ? [breakerStateChange(at, this.view()), this.#tell()] : [this.#tell()];
  }

  #mustTell(): boolean {
    const { kind } = this.#breaker.mode;
    if (kind === 'closed' || kind === 'unused') return false;
    if (this.#toldAt === null) return true;
    return Math.abs(this.#now().wall.getTime() - Date.parse(this.#toldAt)) >= TELL_EVERY_MS;
  }

  #tell(): BreakerMetrics {
    this.#toldAt = this.#now().wall.toISOString();
    this.#dirty = true;
    return breakerMetrics(this.#toldAt, this.view());
  }

  /** Takes over what the file says, unless memory is of the same writing: its clock is the better one. */
  async #load(locked: boolean): Promise<Problem> {
    let text: string;
    try {
      text = await readFile(this.#parts.path, 'utf8');
    } catch (error) {
      const code = systemCode(error);
      if (code !== 'ENOENT') return { code: 'not-read', detail: code };
      if (this.#revision !== null) this.#adopt(FRESH_BREAKER, null, null, false);
      return null;
    }
    const stored = decodeBreaker(text, this.#now(), this.#parts.rules());
    if (stored === null) return locked ? this.#moveAside() : null;
    if (stored.revision !== this.#revision) {
      this.#adopt(stored.breaker, stored.revision, stored.toldAt, stored.mended);
    }
    return null;
  }

  async #moveAside(): Promise<Problem> {
    this.#dirty = true;
    const aside = await moveAside(this.#parts.path, this.#now().wall);
    return { code: 'corrupt', detail: aside.ok ? (aside.value ?? '') : aside.error.detail };
  }

  #adopt(breaker: Breaker, revision: string | null, toldAt: string | null, dirty: boolean): void {
    this.#breaker = breaker;
    this.#revision = revision;
    this.#toldAt = toldAt;
    this.#dirty = dirty;
  }

  async #save(): Promise<Problem> {
    const revision = randomUUID();
    const text = encodeBreaker(this.#breaker, this.#now(), revision, this.#toldAt);
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

  #now(): Moment {
    const { wall = () => new Date(), clock = () => performance.now() } = this.#parts;
    return { wall: wall(), clock: clock() };
  }
}

/** For the journal, a breaker that nothing has reported to is a closed one. */
function plainKind({ mode }: Breaker): string {
  return mode.kind === 'unused' ? 'closed' : mode.kind;
}
