import type { Result } from '../../../../shared/result.ts';
import { success } from '../../../../shared/result.ts';
import type { CleanedBy, CleanResult, Problem, RefusedProcess } from '../../../../shared/snapshot.ts';
import { cleanMessage } from '../../../../shared/words/clean.ts';
import type { Signal } from '../../platform/types.ts';
import type { PreparedPlan, PreparedTarget } from '../planner.ts';
import { type Round, signalAll } from './signals.ts';
import { alive, freedBy, type LeftAlone, leftAlone, type OpenedTarget, openTargets, unsettledMs } from './targets.ts';
import type { CleanerTools, CleanOrder } from './tools.ts';
import { countRemaining } from './verify.ts';

/** How long a process may take to end after SIGKILL before it counts as unstoppable. */
const KILL_WAIT_MS = 1_000;
/**
 * First wait before checking whether the targets are gone. Most end at once, so the waits start short and double up to
 * `POLL_MS`.
 */
const FIRST_POLL_MS = 2;
const POLL_MS = 20;

/**
 * Carries out a confirmed plan: journals the intent, proves each target again, sends SIGTERM, waits, repeats this with
 * SIGKILL for the survivors, and verifies by polling the kernel. It never signals anything outside the plan, and fails
 * without sending a signal when it cannot see.
 */
export async function carryOut(
  prepared: PreparedPlan,
  by: CleanedBy,
  tools: CleanerTools,
): Promise<Result<CleanResult, Problem>> {
  const began = tools.now();
  const run = new CleanRun({ prepared, by }, tools);
  try {
    const freed = await run.stopTargets();
    if (!freed.ok) return freed;
    const remaining = await countRemaining(tools.look, new Set(prepared.plan.ports), freed.value, tools);
    return success(run.result(remaining, Math.round(tools.now() - began)));
  } finally {
    run.close();
  }
}

/** One clean: its open targets and what became of each. */
class CleanRun {
  readonly #order: CleanOrder;
  readonly #tools: CleanerTools;
  readonly #missed: RefusedProcess[] = [];
  #opened: OpenedTarget[] = [];
  #stopped: OpenedTarget[] = [];
  #recordLost = false;
  readonly #outcomesWritten: Promise<boolean>[] = [];

  constructor(order: CleanOrder, tools: CleanerTools) {
    this.#order = order;
    this.#tools = tools;
  }

  /** Runs both rounds of signals. Returns the zombies that the kernel must now drop. */
  async stopTargets(): Promise<Result<Set<string>, Problem>> {
    const { targets, plan } = this.#order.prepared;
    if (targets.length === 0) return success(new Set());
    const { opened, missed } = await openTargets(targets, this.#tools.platform);
    this.#opened = opened;
    this.#missed.push(...missed.map(({ planned, why }) => refusal(planned, why)));
    if (opened.length === 0) return success(new Set());
    const settled = plan.settlesInMs > 0 ? await this.#waitUntilSettled() : success(null);
    if (!settled.ok) return settled;
    const first = await this.#signalAll(opened, 'SIGTERM');
    if (first.proof === null) return first.problem === null ? success(new Set()) : { ok: false, error: first.problem };
    await this.#waitUntilGone(first.reached, plan.graceMs);
    const survivors = await alive(first.reached);
    if (survivors.length > 0) {
      const second = await this.#signalAll(survivors, 'SIGKILL');
      await this.#waitUntilGone(second.reached, KILL_WAIT_MS);
    }
    const running = new Set(await alive(first.reached));
    for (const target of running) target.leftAlone ??= leftAlone('still-there');
    this.#stopped = first.reached.filter((target) => !running.has(target));
    if ((await Promise.all(this.#outcomesWritten)).includes(false)) this.#recordLost = true;
    return success(freedBy(new Set(this.#stopped.map(({ planned }) => planned.identity.pid)), opened, first.proof));
  }

  result(remaining: number | null, durationMs: number): CleanResult {
    const { plan, purpose } = this.#order.prepared;
    const stopped = this.#stopped.map(({ planned, signalled }) => ({
      pid: planned.identity.pid,
      name: planned.shown.process.name,
      signal: signalled ?? 'SIGTERM',
    }));
    const refused = [
      ...plan.refused.map(({ process: { pid, name }, reason: code, text }) => ({ pid, name, code, reason: text })),
      ...this.#missed,
      ...this.#opened
        .filter((target) => !this.#stopped.includes(target))
        .flatMap((target) => (target.leftAlone === null ? [] : [refusal(target.planned, target.leftAlone)])),
    ];
    const outcome = { stopped, refused, remaining };
    return {
      // The guided restart only needs its bots gone: the Gateway's zombies go with its restart.
      ok: purpose.kind === 'restart' ? refused.length === 0 : remaining === 0,
      message: cleanMessage(outcome, { recordLost: this.#recordLost }),
      ...outcome,
      durationMs,
    };
  }

  close(): void {
    for (const { grip } of this.#opened) grip.close();
  }

  /** Waits just until the planned zombies are old enough to act on; the round proves everything afterwards. */
  async #waitUntilSettled(): Promise<Result<null, Problem>> {
    const { purpose } = this.#order.prepared;
    const proof = await this.#tools.prove();
    if (!proof.ok) return proof;
    const waitMs = unsettledMs(this.#opened, proof.value, purpose);
    // The ages are from the scan's start; building the proof has taken time since.
    if (waitMs > 0) await this.#tools.sleep(Math.max(0, waitMs - (this.#tools.now() - proof.value.look.at)));
    return success(null);
  }

  async #signalAll(candidates: readonly OpenedTarget[], signal: Signal): Promise<Round> {
    const round = await signalAll(candidates, signal, this.#order, this.#tools);
    if (!round.recorded) this.#recordLost = true;
    this.#outcomesWritten.push(round.outcomesWritten);
    return round;
  }

  async #waitUntilGone(opened: readonly OpenedTarget[], limitMs: number): Promise<void> {
    const deadline = this.#tools.now() + limitMs;
    for (let pollMs = FIRST_POLL_MS; (await alive(opened)).length > 0; pollMs = Math.min(pollMs * 2, POLL_MS)) {
      if (this.#tools.now() >= deadline) return;
      await this.#tools.sleep(pollMs);
    }
  }
}

function refusal({ shown }: PreparedTarget, { code, reason }: LeftAlone): RefusedProcess {
  const { pid, name } = shown.process;
  return { pid, name, code, reason };
}
