import { ALWAYS_PROTECTED_PORTS } from '../../../electron/engine/clean/evidence.ts';
import { type PlanOrder, type PreparedPlan, preparePlan } from '../../../electron/engine/clean/planner.ts';
import { buildProof } from '../../../electron/engine/clean/proof.ts';
import { carryOut } from '../../../electron/engine/clean/signal/cleaner.ts';
import type { FreshProof } from '../../../electron/engine/clean/signal/freshness.ts';
import type { CleanerTools } from '../../../electron/engine/clean/signal/tools.ts';
import { readAttribution } from '../../../electron/engine/observe/attribution.ts';
import { Observer } from '../../../electron/engine/observe/observer.ts';
import type { JournalEntry } from '../../../electron/engine/record/journal/entries.ts';
import { type Result, success } from '../../../shared/result.ts';
import type { CleanedBy, Problem } from '../../../shared/snapshot.ts';
import type { Machine } from './machine.ts';

const BOTS = ['python*', 'runner*', 'websocket_server*'];

/** Plans and cleans on a pretend machine, with everything but the machine the real thing. */
export class Cleaner {
  readonly machine: Machine;
  readonly journal: JournalEntry[] = [];
  /** What the journal answers; lines that it lost are not in `journal`. */
  writes: (entries: readonly JournalEntry[]) => boolean | Promise<boolean> = () => true;
  /** The proof that fails, counted from the first after the plan. */
  failingProof = 0;
  readonly #observer: Observer;
  readonly #ports: readonly number[];
  /** The zombies by which the last plan was made. */
  seen: FreshProof['zombies'] = [];
  /** How often everything was proved since the last clean began. */
  proofs = 0;

  constructor(machine: Machine, { ports = [4002] }: { ports?: readonly number[] } = {}) {
    this.machine = machine;
    this.#ports = ports;
    const hosts = () => ({ isGateway: () => false, problems: [] });
    this.#observer = new Observer({ platform: machine.platform(), hosts, now: () => machine.now });
  }

  look = () => this.#observer.look(this.#ports, { settleMs: 3_000, secondReadMs: 250 });

  async prove(): Promise<Result<FreshProof, Problem>> {
    const began = this.machine.now;
    const look = await this.look();
    if (!look.ok) return look;
    const platform = this.machine.platform();
    const attribution = await readAttribution(platform, [...this.#ports, ...ALWAYS_PROTECTED_PORTS]);
    if (!attribution.ok) return attribution;
    const proof = await buildProof(look.value, attribution.value, { platform, botNames: BOTS });
    return success({ ...proof, reading: { by: attribution.value.by, began, ended: this.machine.now } });
  }

  /** Looks twice, as a one-shot command does, and plans. */
  async plan(order: Partial<PlanOrder> = {}): Promise<PreparedPlan> {
    await this.look();
    await this.machine.pass(250);
    const proof = await this.prove();
    if (!proof.ok) throw new Error('blind');
    this.seen = proof.value.zombies;
    return preparePlan(proof.value, {
      id: 'plan',
      purpose: { kind: 'zombies' },
      ports: new Set(this.#ports),
      isLiveIncluded: () => false,
      graceMs: 2_000,
      refusalId: () => 'refusal',
      wallNow: this.machine.clock.wall(),
      ...order,
    });
  }

  clean(plan: PreparedPlan, by: CleanedBy = 'user') {
    this.proofs = 0;
    const tools: CleanerTools = {
      platform: this.machine.platform(),
      prove: async () => {
        this.proofs += 1;
        if (this.proofs !== this.failingProof) return this.prove();
        return { ok: false, error: { code: 'tool-timeout', tool: 'lsof', hint: 'It hangs.' } };
      },
      record: async (entries) => {
        const written = await this.writes(entries);
        if (written) this.journal.push(...entries);
        return written;
      },
      look: this.look,
      now: () => this.machine.now,
      sleep: (ms) => this.machine.pass(ms),
      timestamp: () => new Date(this.machine.clock.wall()).toISOString(),
    };
    return carryOut(plan, by, tools);
  }

  /** Plans and cleans at once; throws when the clean could not see. */
  async run(order: Partial<PlanOrder> = {}, by: CleanedBy = 'user') {
    const result = await this.clean(await this.plan(order), by);
    if (!result.ok) throw new Error(result.error.hint);
    return result.value;
  }

  /** Signals that reached the kernel: `4312 SIGTERM`. */
  signals(): string[] {
    return this.machine.hits.map(({ pid, signal }) => `${pid} ${signal}`);
  }

  /** The journal in short: `planned 4312 SIGTERM`, `sent 4312 SIGTERM sent`. */
  record(): string[] {
    return this.journal.flatMap((entry) => {
      if (entry.event === 'signal_planned') return [`planned ${entry.process.pid} ${entry.signal}`];
      return entry.event === 'signal_sent' ? [`${entry.process.pid} ${entry.signal} ${entry.outcome}`] : [];
    });
  }
}
