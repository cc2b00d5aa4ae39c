import type { Result } from '../../../shared/result.ts';
import { success } from '../../../shared/result.ts';
import type { CleanedBy, CleanResult, Problem, RefusedProcess } from '../../../shared/snapshot.ts';
import { cleanMessage, LEFT_ALONE } from '../../../shared/wording-clean.ts';
import type { Platform, Signal, SignalOutcome } from '../platform/types.ts';
import { type JournalEntry, signalPlanned, signalSent } from '../record/entries.ts';
import { type Aim, alive, freedBy, holdsOneStill, outcomeWords, stillTarget, takeAim, unsettledMs } from './aim.ts';
import type { PreparedPlan, PreparedTarget } from './planner.ts';
import type { Proof } from './proof.ts';
import { countRemaining, type Verifier } from './verify.ts';

/** How long a process may take to end after SIGKILL before it counts as one that cannot be stopped. */
const KILL_WAIT_MS = 1_000;
/** How soon the targets are asked whether they are gone; most obey at once, so the waits begin short and double up to the second. */
const FIRST_POLL_MS = 2;
const POLL_MS = 20;
/** How often a proof is read again for zombies that turn out to be younger than planned. */
const SETTLE_ROUNDS = 3;
/** What the journal says of a signal that was not sent because its target closed its zombies in the last moment. */
const REASON_GONE: SignalOutcome = { kind: 'failed', detail: 'not sent: it has closed its connections by itself' };

/** What the cleaner works with; everything that has an effect comes in here. */
export interface CleanerTools {
  platform: Pick<Platform, 'openTarget' | 'readHeldSockets' | 'kind'>;
  /** Reads everything anew. */
  prove(): Promise<Result<Proof, Problem>>;
  /** Writes entries to the journal and returns once they are on disk; false when they are not. */
  record(entries: readonly JournalEntry[]): Promise<boolean>;
  /** Takes one cheap look at the kernel's table. */
  look: Verifier;
  /** Monotonic milliseconds. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Wall time as ISO 8601 UTC. */
  timestamp(): string;
}

/**
 * Carries out a confirmed plan: proves each target again, journals, sends SIGTERM to all, waits, proves the survivors again,
 * sends SIGKILL, and verifies by polling the kernel. It never signals anything that is not in the plan, and fails without
 * having signalled when it cannot see.
 */
export async function carryOut(
  prepared: PreparedPlan,
  by: CleanedBy,
  tools: CleanerTools,
): Promise<Result<CleanResult, Problem>> {
  const began = tools.now();
  const run = new CleanRun(prepared, by, tools);
  try {
    const freed = await run.stopTargets();
    if (!freed.ok) return freed;
    const remaining = await countRemaining(tools.look, new Set(prepared.plan.ports), freed.value, tools);
    return success(run.result(remaining, Math.round(tools.now() - began)));
  } finally {
    run.close();
  }
}

/** One clean under way: the grips it has and what became of each. */
class CleanRun {
  readonly #prepared: PreparedPlan;
  readonly #by: CleanedBy;
  readonly #tools: CleanerTools;
  readonly #missed: RefusedProcess[] = [];
  #aims: Aim[] = [];
  #stopped: Aim[] = [];
  #recordLost = false;
  readonly #outcomesWritten: Promise<boolean>[] = [];

  constructor(prepared: PreparedPlan, by: CleanedBy, tools: CleanerTools) {
    this.#prepared = prepared;
    this.#by = by;
    this.#tools = tools;
  }

  /** Both rounds of signals. The value is the set of zombies that the kernel must now drop. */
  async stopTargets(): Promise<Result<Set<string>, Problem>> {
    const { targets, plan } = this.#prepared;
    if (targets.length === 0) return success(new Set());
    const { aims, missed } = await takeAim(targets, this.#tools.platform);
    this.#aims = aims;
    this.#missed.push(...missed.map(({ planned, reason }) => refusal(planned, reason)));
    const proof = await this.#proveSettled();
    if (!proof.ok) return proof;
    const reached = await this.#signalAll(aims, 'SIGTERM', proof.value);
    await this.#waitUntilGone(reached, plan.graceMs);
    const survivors = await alive(reached);
    if (survivors.length > 0) await this.#insist(survivors);
    const running = new Set(await alive(reached));
    for (const aim of running) aim.leftAlone ??= LEFT_ALONE['still-there'];
    this.#stopped = reached.filter((aim) => !running.has(aim));
    if ((await Promise.all(this.#outcomesWritten)).includes(false)) this.#recordLost = true;
    return success(freedBy(new Set(this.#stopped.map(({ planned }) => planned.identity.pid)), aims, proof.value));
  }

  /** What it came to. */
  result(remaining: number | null, durationMs: number): CleanResult {
    const stopped = this.#stopped.map(({ planned, signalled }) => ({
      pid: planned.identity.pid,
      name: planned.shown.process.name,
      signal: signalled ?? 'SIGTERM',
    }));
    const refused = [
      ...this.#prepared.plan.refused.map(({ process, text }) => ({
        pid: process.pid,
        name: process.name,
        reason: text,
      })),
      ...this.#missed,
      ...this.#aims
        .filter((aim) => !this.#stopped.includes(aim))
        .flatMap(({ planned, leftAlone }) => (leftAlone === null ? [] : [refusal(planned, leftAlone)])),
    ];
    const outcome = { stopped, refused, remaining };
    return {
      // The guide only wants its bots gone: what the Gateway holds waits for the restart.
      ok: this.#prepared.purpose.kind === 'restart' ? refused.length === 0 : remaining === 0,
      message: cleanMessage(outcome, { recordLost: this.#recordLost }),
      ...outcome,
      durationMs,
    };
  }

  /** Lets go of every grip. */
  close(): void {
    for (const { grip } of this.#aims) grip.close();
  }

  /** Waits until the planned zombies are old enough to act on, no longer, and proves everything then. */
  async #proveSettled(): Promise<Result<Proof, Problem>> {
    let proof = await this.#tools.prove();
    const { purpose } = this.#prepared;
    const settles = purpose.kind === 'zombies';
    for (let round = 0; settles && proof.ok && round < SETTLE_ROUNDS; round += 1) {
      const waitMs = unsettledMs(this.#aims, proof.value, purpose);
      if (waitMs === 0) break;
      // The ages are those at the look; the rest of the proof has taken its time since.
      await this.#tools.sleep(Math.max(0, waitMs - (this.#tools.now() - proof.value.look.at)));
      proof = await this.#tools.prove();
    }
    return proof;
  }

  /** Signals those of the aims that the proof still shows to be targets, and returns the ones that were reached. */
  async #signalAll(candidates: readonly Aim[], signal: Signal, proof: Proof): Promise<Aim[]> {
    const due: Aim[] = [];
    for (const aim of candidates) {
      const answer = stillTarget(aim.planned, proof, this.#prepared.purpose);
      if (answer.kind === 'target') due.push(aim);
      else if (answer.kind === 'refused') aim.leftAlone = answer.reason;
      else if (signal === 'SIGKILL') aim.leftAlone = LEFT_ALONE['closed-itself'];
    }
    if (due.length === 0) return [];
    const recorded = await this.#tools.record(due.map((aim) => this.#before(aim, signal)));
    if (!recorded) this.#recordLost = true;
    if (!recorded && this.#by !== 'user') {
      for (const aim of due) aim.leftAlone = LEFT_ALONE['no-journal'];
      return [];
    }
    const reached: Aim[] = [];
    const outcomes: JournalEntry[] = [];
    for (const aim of due) {
      const outcome = (await this.#hasReason(aim, proof)) ? await aim.grip.signal(signal) : REASON_GONE;
      outcomes.push(this.#after(aim, signal, outcome));
      if (outcome.kind === 'sent') {
        aim.signalled = signal;
        reached.push(aim);
      } else if (outcome === REASON_GONE) {
        if (signal === 'SIGKILL') aim.leftAlone = LEFT_ALONE['closed-itself'];
      } else if (outcome.kind !== 'gone') aim.leftAlone = outcomeWords(outcome);
    }
    // Written while the targets end: the waiting must not begin later for it.
    this.#outcomesWritten.push(this.#tools.record(outcomes));
    return reached;
  }

  /** Is the reason to stop it still there at this very moment? The restart guide's bots are stopped with or without zombies. */
  async #hasReason({ planned }: Aim, proof: Proof): Promise<boolean> {
    return this.#prepared.purpose.kind === 'restart' || holdsOneStill(planned, proof, this.#tools.platform);
  }

  /** The second round, for those that did not obey SIGTERM within the grace. */
  async #insist(survivors: readonly Aim[]): Promise<void> {
    const proof = await this.#tools.prove();
    if (!proof.ok) {
      for (const aim of survivors) aim.leftAlone = LEFT_ALONE.unseen;
      return;
    }
    const reached = await this.#signalAll(survivors, 'SIGKILL', proof.value);
    await this.#waitUntilGone(reached, KILL_WAIT_MS);
  }

  async #waitUntilGone(aims: readonly Aim[], limitMs: number): Promise<void> {
    const deadline = this.#tools.now() + limitMs;
    for (let pollMs = FIRST_POLL_MS; (await alive(aims)).length > 0; pollMs = Math.min(pollMs * 2, POLL_MS)) {
      if (this.#tools.now() >= deadline) return;
      await this.#tools.sleep(pollMs);
    }
  }

  #before({ planned }: Aim, signal: Signal): JournalEntry {
    const { process, ports, zombies, verdict } = planned.shown;
    const at = this.#tools.timestamp();
    const { plan } = this.#prepared;
    return signalPlanned({
      at,
      process,
      signal,
      by: this.#by,
      planId: plan.id,
      reason: verdict.reason,
      ports,
      zombies,
    });
  }

  #after({ planned }: Aim, signal: Signal, outcome: SignalOutcome): JournalEntry {
    const at = this.#tools.timestamp();
    return signalSent({ at, process: planned.shown.process, signal, planId: this.#prepared.plan.id, outcome });
  }
}

function refusal({ shown }: PreparedTarget, reason: string): RefusedProcess {
  const { pid, name } = shown.process;
  return { pid, name, reason };
}
