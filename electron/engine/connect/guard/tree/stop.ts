import type { Result } from '../../../../../shared/result.ts';
import type { Problem } from '../../../../../shared/snapshot.ts';
import { isFresh } from '../../../clean/signal/freshness.ts';
import { gatewayProgram, isForwarder } from '../../../observe/process/programs.ts';
import { identityOf, processText } from '../../../platform/process/identity.ts';
import type { Platform, ProcessRecord, Signal, SignalOutcome, Target } from '../../../platform/types.ts';
import { CANNOT_SEE, type OwnTreeEvidence, whyLeave } from './evidence.ts';
import { chooseTargets } from './members.ts';
import type { CommandTree } from './tree.ts';

/** How long a process may take to end after SIGKILL before it counts as unstoppable. */
const KILL_WAIT_MS = 1_000;
const POLL_MS = 20;
/** SIGTERM, SIGKILL, and two more rounds for processes that were started, or became another program, meanwhile. */
const ROUNDS = 4;
/** What the journal says about a signal not sent because the last reading protects its target, or took too long. */
const NOT_SENT = 'not sent: ';
const LATE: SignalOutcome = { kind: 'failed', detail: `${NOT_SENT}its connections could not be read in time` };

/** Everything with an effect that stopping a tree uses. */
export interface TreeStopTools {
  platform: Pick<Platform, 'openTarget'>;
  tree: Pick<CommandTree, 'refresh' | 'readable' | 'processes'>;
  graceMs: number;
  isBot(process: ProcessRecord): boolean;
  /** Reads the evidence again. */
  read(): Promise<Result<OwnTreeEvidence, Problem>>;
  /** Journals a signal before it is sent; resolves once the entry is on disk. */
  planned(process: ProcessRecord, signal: Signal): Promise<void>;
  sent(process: ProcessRecord, signal: Signal, outcome: SignalOutcome): void;
  /** Monotonic milliseconds. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** A member of the tree that still runs. */
export interface Survivor {
  process: ProcessRecord;
  /** Why it was not stopped, as a sentence; `null` for a helper that guard leaves alone and that blocks no further attempt. */
  why: string | null;
}

/** The result of stopping a tree. */
export interface TreeStop {
  stopped: ProcessRecord[];
  survivors: Survivor[];
}

interface Gripped {
  process: ProcessRecord;
  grip: Target;
  signal: Signal;
}

/**
 * Stops the running processes of a guard's own tree: SIGTERM, the grace period, SIGKILL. Each is proved again after its
 * journal entry is written and right before its signal, and held open so that a reused pid cannot be hit. Remembers
 * what it has signalled, so that a second call continues instead of starting over.
 */
export class TreeStopper {
  readonly #tools: TreeStopTools;
  readonly #signalled = new Map<string, Signal>();

  constructor(tools: TreeStopTools) {
    this.#tools = tools;
  }

  async stop(): Promise<TreeStop> {
    const { tree } = this.#tools;
    const reached = new Map<string, ProcessRecord>();
    let evidence: Result<OwnTreeEvidence, Problem> | null = null;
    for (let round = 0; ; round += 1) {
      await tree.refresh({ force: true });
      const due = this.#due();
      if (due.length === 0 || round === ROUNDS || !tree.readable) break;
      evidence = await this.#tools.read();
      if (!evidence.ok) break;
      const targets = due.filter((process) => this.#why(process, evidence) === null);
      if (targets.length === 0) break;
      const progress = await this.#round(targets);
      for (const process of progress.reached) reached.set(processText(process), process);
      if (!progress.goOn) break;
    }
    const alive = tree.processes();
    if (alive.length > 0) evidence ??= await this.#tools.read();
    const living = new Set(alive.map(processText));
    return {
      stopped: [...reached].flatMap(([key, process]) => (living.has(key) ? [] : [process])),
      survivors: alive.map((process) => ({ process, why: this.#whySurvived(process, evidence) })),
    };
  }

  /** The chosen processes that have not had SIGKILL yet. */
  #due(): ProcessRecord[] {
    return this.#chosen().filter((process) => this.#signalled.get(processText(process)) !== 'SIGKILL');
  }

  #why(process: ProcessRecord, evidence: Result<OwnTreeEvidence, Problem> | null): string | null {
    if (evidence === null || !evidence.ok) return CANNOT_SEE;
    return whyLeave(process.pid, this.#tools.tree.processes(), evidence.value);
  }

  #whySurvived(process: ProcessRecord, evidence: Result<OwnTreeEvidence, Problem> | null): string | null {
    // A tunnel the bot opened makes no connections of its own.
    if (isForwarder(process)) return null;
    if (this.#chosen().includes(process)) return this.#why(process, evidence) ?? 'It could not be stopped.';
    if (gatewayProgram(process) !== null) return this.#why(process, evidence);
    return this.#tools.isBot(process) ? 'It runs in a terminal of its own.' : null;
  }

  /** The running processes that guard stops unless something protects them. */
  #chosen(): ProcessRecord[] {
    const { tree, isBot } = this.#tools;
    const wasSignalled = (process: ProcessRecord) => this.#signalled.has(processText(process));
    return chooseTargets(tree.processes(), { isBot, wasSignalled });
  }

  /** Sends each one signal; returns which were reached, and whether another round can help. */
  async #round(targets: readonly ProcessRecord[]): Promise<{ reached: ProcessRecord[]; goOn: boolean }> {
    const { platform, planned, sent, graceMs } = this.#tools;
    const gripped: Gripped[] = [];
    let changed = false;
    try {
      for (const process of targets) {
        const grip = await platform.openTarget(identityOf(process));
        const signal = this.#signalled.has(processText(process)) ? 'SIGKILL' : 'SIGTERM';
        if (grip.ok) gripped.push({ process, grip: grip.value, signal });
        // Gone, or another program now: the next round reads what it has become.
        else changed ||= grip.error.kind === 'gone' || grip.error.kind === 'replaced';
      }
      await Promise.all(gripped.map(({ process, signal }) => planned(process, signal)));
      const reached: Gripped[] = [];
      let evidence: Result<OwnTreeEvidence, Problem> | null = null;
      for (const one of gripped) {
        if (evidence === null || (evidence.ok && !this.#isFresh(evidence.value))) {
          evidence = await this.#tools.read();
        }
        const outcome = await this.#send(one, evidence);
        sent(one.process, one.signal, outcome);
        changed ||= outcome.kind === 'gone' || outcome.kind === 'replaced' || outcome === LATE;
        if (outcome.kind !== 'sent') continue;
        this.#signalled.set(processText(one.process), one.signal);
        reached.push(one);
      }
      const waitMs = reached.some(({ signal }) => signal === 'SIGTERM') ? graceMs : KILL_WAIT_MS;
      await this.#waitUntilGone(reached, waitMs);
      return { reached: reached.map(({ process }) => process), goOn: changed || reached.length > 0 };
    } finally {
      for (const { grip } of gripped) grip.close();
    }
  }

  /** Sends the signal if what was just read still allows it. */
  async #send({ process, grip, signal }: Gripped, evidence: Result<OwnTreeEvidence, Problem>): Promise<SignalOutcome> {
    const why = this.#why(process, evidence);
    if (why !== null) return { kind: 'failed', detail: `${NOT_SENT}${why}` };
    if (!evidence.ok || !this.#isFresh(evidence.value)) return LATE;
    const { value } = evidence;
    const outcome = await grip.signal(signal, () => this.#isFresh(value));
    return outcome.kind === 'withheld' ? LATE : outcome;
  }

  #isFresh({ reading }: OwnTreeEvidence): boolean {
    return isFresh(reading, this.#tools.now());
  }

  async #waitUntilGone(gripped: readonly Gripped[], limitMs: number): Promise<void> {
    const deadline = this.#tools.now() + limitMs;
    while (this.#tools.now() < deadline) {
      const gone = await Promise.all(gripped.map(({ grip }) => grip.gone()));
      if (gone.every(Boolean)) return;
      await this.#tools.sleep(POLL_MS);
    }
  }
}
