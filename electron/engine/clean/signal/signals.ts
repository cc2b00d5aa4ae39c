import type { Problem } from '../../../../shared/snapshot.ts';
import type { Signal, SignalOutcome } from '../../platform/types.ts';
import { type JournalEntry, signalPlanned, signalSent } from '../../record/journal/entries.ts';
import { type FreshProof, isFresh } from './freshness.ts';
import {
  holdsOneStill,
  judgeTargets,
  type LeftAlone,
  leftAlone,
  type OpenedTarget,
  unsettledMs,
  whyNotSent,
} from './targets.ts';
import type { CleanerTools, CleanOrder } from './tools.ts';

/**
 * How many proofs in a row may be useless, because they grow stale or their zombies are too young, before the round
 * gives up.
 */
const MAX_IDLE_PROOFS = 3;
/** What the journal says about a signal that was no longer needed. */
const NO_REASON: SignalOutcome = { kind: 'withheld', detail: 'it has ended or closed its connections by itself' };

/** The result of one round of signals. */
export interface Round {
  reached: OpenedTarget[];
  /** The first proof after the journal's entry; `null` when there was none. */
  proof: FreshProof | null;
  problem: Problem | null;
  /** Whether the intents are on disk. */
  recorded: boolean;
  /** Resolves when the outcomes are on disk; false when they are not. */
  outcomesWritten: Promise<boolean>;
}

/**
 * One round: journals the intended signals, and only then proves everything, as often as it takes to signal each target
 * on a fresh proof (law 3). The journal's lock may take seconds to get, so nothing read before the write counts.
 */
export async function signalAll(
  candidates: readonly OpenedTarget[],
  signal: Signal,
  order: CleanOrder,
  tools: CleanerTools,
): Promise<Round> {
  const round = new SignalRound(candidates, signal, order, tools);
  const recorded = await tools.record(candidates.map((target) => round.intent(target)));
  if (!recorded && order.by !== 'user') {
    for (const target of candidates) target.leftAlone = leftAlone('no-journal');
    return { reached: [], proof: null, problem: null, recorded, outcomesWritten: Promise.resolve(true) };
  }
  await round.run();
  // Not awaited: writing must not delay the wait for the targets' end.
  const outcomesWritten = tools.record(round.outcomes);
  return { reached: round.reached, proof: round.firstProof, problem: round.problem, recorded, outcomesWritten };
}

class SignalRound {
  readonly reached: OpenedTarget[] = [];
  readonly outcomes: JournalEntry[] = [];
  firstProof: FreshProof | null = null;
  problem: Problem | null = null;
  readonly #pending: Set<OpenedTarget>;
  readonly #signal: Signal;
  readonly #order: CleanOrder;
  readonly #tools: CleanerTools;

  constructor(candidates: readonly OpenedTarget[], signal: Signal, order: CleanOrder, tools: CleanerTools) {
    this.#pending = new Set(candidates);
    this.#signal = signal;
    this.#order = order;
    this.#tools = tools;
  }

  async run(): Promise<void> {
    for (let idle = 0; this.#pending.size > 0 && idle < MAX_IDLE_PROOFS; idle += 1) {
      const proof = await this.#tools.prove();
      if (!proof.ok) {
        this.problem = proof.error;
        this.#giveUp('unseen');
        return;
      }
      this.firstProof ??= proof.value;
      if (await this.#waitUntilSettled(proof.value)) continue;
      const before = this.#pending.size;
      await this.#actOn(proof.value);
      if (this.#pending.size < before) idle = -1;
    }
    this.#giveUp('too-slow');
  }

  intent({ planned }: OpenedTarget): JournalEntry {
    const { process, ports, zombies, verdict } = planned.shown;
    const { by, prepared } = this.#order;
    const at = this.#tools.timestamp();
    const { reason } = verdict;
    return signalPlanned({ at, process, signal: this.#signal, by, planId: prepared.plan.id, reason, ports, zombies });
  }

  /** Waits for zombies that turned out to be younger than planned; true when it did, and everything must be read again. */
  async #waitUntilSettled(proof: FreshProof): Promise<boolean> {
    const { purpose } = this.#order.prepared;
    const waitMs = purpose.kind === 'zombies' ? unsettledMs([...this.#pending], proof, purpose) : 0;
    if (waitMs === 0) return false;
    await this.#tools.sleep(Math.max(0, waitMs - (this.#tools.now() - proof.look.at)));
    return true;
  }

  /** Decides each pending target while the proof is fresh; targets it does not get to stay pending. */
  async #actOn(proof: FreshProof): Promise<void> {
    const targets = [...this.#pending].map(({ planned }) => planned);
    const going = new Set(this.reached.map(({ planned }) => planned.identity.pid));
    const answers = judgeTargets(targets, proof, this.#order.prepared.purpose, going);
    for (const target of [...this.#pending]) {
      const answer = answers.get(target.planned);
      if (answer?.kind === 'refused') this.#leave(target, answer.why);
      else if (answer?.kind === 'nothing-left') this.#noReason(target);
    }
    const fresh = () => isFresh(proof.reading, this.#tools.now());
    for (const target of [...this.#pending]) {
      const reason = await this.#hasReason(target, proof);
      if (!fresh()) return;
      if (!reason) this.#noReason(target);
      else {
        const outcome = await target.grip.signal(this.#signal, fresh);
        if (outcome.kind === 'withheld') return;
        this.#end(target, outcome, whyNotSent(outcome));
      }
    }
  }

  /** Is the reason to stop it still there right now? The guided restart stops its bots with or without zombies. */
  async #hasReason({ planned }: OpenedTarget, proof: FreshProof): Promise<boolean> {
    return this.#order.prepared.purpose.kind === 'restart' || holdsOneStill(planned, proof, this.#tools.platform);
  }

  #noReason(target: OpenedTarget): void {
    // A process that got SIGTERM and still runs must be reported.
    this.#end(target, NO_REASON, this.#signal === 'SIGKILL' ? leftAlone('closed-itself') : null);
  }

  #leave(target: OpenedTarget, why: LeftAlone): void {
    this.#end(target, { kind: 'withheld', detail: why.code }, why);
  }

  #giveUp(code: 'unseen' | 'too-slow'): void {
    for (const target of [...this.#pending]) this.#leave(target, leftAlone(code));
  }

  #end(target: OpenedTarget, outcome: SignalOutcome, why: LeftAlone | null): void {
    this.#pending.delete(target);
    if (why !== null) target.leftAlone = why;
    if (outcome.kind === 'sent') {
      target.signalled = this.#signal;
      this.reached.push(target);
    }
    const { process } = target.planned.shown;
    const planId = this.#order.prepared.plan.id;
    this.outcomes.push(signalSent({ at: this.#tools.timestamp(), process, signal: this.#signal, planId, outcome }));
  }
}
