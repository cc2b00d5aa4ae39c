import type { Result } from '../../../shared/result.ts';
import { success } from '../../../shared/result.ts';
import type { Settings, WatchedPort } from '../../../shared/settings/settings.ts';
import { SETTLE_MS } from '../../../shared/settings/settings.ts';
import type { Problem, ProcessRef } from '../../../shared/snapshot.ts';
import { botReason, globMatcher } from '../clean/bot-list.ts';
import { ALWAYS_PROTECTED_PORTS } from '../clean/evidence.ts';
import { buildProof, type Proof } from '../clean/proof.ts';
import type { FreshProof } from '../clean/signal/freshness.ts';
import { type Clock, timestamp } from '../clock.ts';
import { type Attribution, readAttribution } from '../observe/attribution.ts';
import { missingFromTable } from '../observe/consistency.ts';
import { CulpritMemory } from '../observe/culprits.ts';
import { Forwarding } from '../observe/forwarded/forwarding.ts';
import { fingerprintOf, type Look, Observer } from '../observe/observer.ts';
import { attribute } from '../observe/owners.ts';
import { describeProcess } from '../observe/process/scripts.ts';
import { GatewayHosts } from '../observe/remote/gateway-hosts.ts';
import type { Session } from '../observe/sessions.ts';
import { type CountingRule, SECOND_READ_MS } from '../observe/zombies.ts';
import type { Platform } from '../platform/types.ts';
import { compare, failedParts, referTo, type ScanParts, seenParts } from './scan.ts';

/**
 * How soon owners are read again while zombies stay and nothing else changes. The wait doubles up to the second value
 * each time they are the same.
 */
const ATTRIBUTE_EVERY_MS = 30_000;
const ATTRIBUTE_AT_LEAST_EVERY_MS = 300_000;
/** How soon a failed reading of the owners is repeated. */
const RETRY_EVERY_MS = 5_000;

/** What a scan found: its parts of the snapshot, the table it rests on, and the proof of who owns what, if that was read. */
export interface Scan {
  parts: ScanParts;
  look: Look | null;
  proof: Proof | null;
  /** Whether the set of connections changed since the previous scan. */
  changed: boolean;
  /** Whether this very scan read the owners. */
  ownersRead: boolean;
}

export interface WatcherOptions {
  platform: Platform;
  clock: Clock;
  settings: () => Settings;
  /** The ports to show and target; the settings' when absent. */
  ports: readonly WatchedPort[] | null;
  /** `once`: a zombie counts when two reads see it. `settled`: it counts by its age, as in a running app. */
  counting: 'once' | 'settled';
}

interface Owners {
  attribution: Attribution;
  proof: Proof;
}

/** Watches the ports: reads the kernel's table at every tick, the owners only when they may have changed. */
export class Watcher {
  readonly #options: WatcherOptions;
  readonly #observer: Observer;
  readonly #hosts: GatewayHosts;
  readonly #culprits = new CulpritMemory();
  readonly #forwarding: Forwarding;
  /** The forwarders' routes have changed: the Gateways behind them are still to be read. */
  #rerouted = false;
  #owners: Owners | null = null;
  #ownersProblem: Problem | null = null;
  #fingerprint: string | null = null;
  /** The same for all protected ports: a session on a port that is not shown protects its bot too. */
  #protectedPrint: string | null = null;
  #attributedAt = Number.NEGATIVE_INFINITY;
  #attributeAgainMs = ATTRIBUTE_EVERY_MS;
  #holders = '';
  #rule: CountingRule;
  /** When the kernel's table was last read successfully. */
  #seenAt = timestamp(0);

  constructor(options: WatcherOptions) {
    this.#options = options;
    const { platform, clock, settings } = options;
    this.#hosts = new GatewayHosts(settings().gatewayHosts, clock.now);
    this.#forwarding = new Forwarding(platform, clock.now);
    this.#observer = new Observer({
      platform,
      hosts: () => this.#hosts.current(),
      now: clock.now,
      view: () => ({ forwarded: this.#forwarding.ports(), botsOnly: this.#botsOnly() }),
    });
    this.#rule = { settleMs: SETTLE_MS, secondReadMs: options.counting === 'once' ? SECOND_READ_MS : null };
  }

  /** The ports shown and targeted now. */
  ports(): readonly WatchedPort[] {
    return this.#options.ports ?? this.#options.settings().ports;
  }

  /** From now on zombies count by age only: a live view starts with a one-shot scan and goes on like the app. */
  settle(): void {
    this.#rule = { settleMs: SETTLE_MS, secondReadMs: null };
  }

  /** Applies changed settings: owners are judged again at the next scan. */
  settingsChanged(): void {
    this.#hosts.setHosts(this.#options.settings().gatewayHosts);
    this.#fingerprint = null;
  }

  /**
   * One scan. `owners: 'always'` reads the owners even when nothing seems to have changed, and before the table, so
   * that one read of the kernel's table both counts and shows whether the owners are complete.
   */
  async scan(owners: 'auto' | 'always' = 'auto'): Promise<Scan> {
    const { clock } = this.#options;
    const began = clock.now();
    const readBefore = this.#attributedAt;
    const early = owners === 'always' ? await this.#readAttribution() : null;
    const first = await this.#look(early);
    if (!first.ok) return this.#failed(first.error, clock.now() - began);
    let look = first.value;
    let changed = look.fingerprint !== this.#fingerprint;
    if (this.#wantsSecondRead(look)) {
      await Promise.all([this.#attribute(look, early), clock.sleep(look.at + SECOND_READ_MS - clock.now())]);
      const second = await this.#look();
      if (!second.ok) return this.#failed(second.error, clock.now() - began);
      changed = second.value.fingerprint !== look.fingerprint;
      look = second.value;
      if (changed) await this.#attribute(look);
      changed = true;
    } else if (early !== null || this.#isDue(look, changed)) await this.#attribute(look, early);
    if (this.#rerouted) {
      this.#rerouted = false;
      const routed = await this.#lookTwice();
      if (!routed.ok) return this.#failed(routed.error, clock.now() - began);
      look = routed.value;
    }
    if (this.#disagrees(look)) {
      const again = await this.#look();
      if (!again.ok) return this.#failed(again.error, clock.now() - began);
      look = again.value;
      await this.#attribute(look);
      const left = this.#leftOut(look);
      if (left > 0) return this.#failed(incompleteTable(look, left), clock.now() - began);
    }
    for (const port of look.lost) this.#forwarding.lose(port);
    this.#fingerprint = look.fingerprint;
    this.#protectedPrint = fingerprintOf(look.beyond.rows);
    return {
      parts: this.#parts(look, clock.now() - began),
      look,
      proof: this.#proofFor(look),
      changed,
      ownersRead: this.#attributedAt !== readBefore,
    };
  }

  /** Zombies too young to count by age must be seen by two reads. */
  #wantsSecondRead({ zombies, elsewhere }: Look): boolean {
    if (this.#rule.secondReadMs === null) return false;
    return [...zombies.values(), ...elsewhere.zombies.values()].some(({ counted }) => !counted);
  }

  async #lookTwice(): Promise<Result<Look, Problem>> {
    const first = await this.#look();
    if (!first.ok || !this.#wantsSecondRead(first.value)) return first;
    const { clock } = this.#options;
    await clock.sleep(first.value.at + SECOND_READ_MS - clock.now());
    return this.#look();
  }

  #botsOnly(): ReadonlySet<number> {
    return new Set(this.ports().flatMap(({ port, side }) => (side === 'bots' ? [port] : [])));
  }

  /** Reads everything again, for a plan about to be carried out. */
  async prove(): Promise<Result<FreshProof, Problem>> {
    const { clock } = this.#options;
    const began = clock.now();
    const attribution = await this.#readAttribution();
    const look = await this.#look(attribution);
    if (!look.ok) return look;
    if (!attribution.ok) return attribution;
    const proof = await this.#buildProof(look.value, attribution.value, 'after');
    return success({ ...proof, reading: { by: attribution.value.by, began, ended: clock.now() } });
  }

  /** Reads the kernel's table once, to verify a clean. */
  look(): Promise<Result<Look, Problem>> {
    return this.#look();
  }

  /** The process that holds a session's client end, by the last reading of the owners. */
  clientOf({ client }: Session): ProcessRef | null {
    const holding = this.#owners?.attribution.holdings.find(
      ({ local, remote }) =>
        local.port === client?.local.port &&
        remote?.port === client.remote?.port &&
        local.address === client.local.address,
    );
    return holding ? referTo(holding.pid, this.#owners?.proof ?? null) : null;
  }

  /** Reads all protected ports too: those of an attribution just made, or of the last one. */
  #look(attribution: Result<Attribution, Problem> | null = null): Promise<Result<Look, Problem>> {
    return this.#observer.look(
      this.ports().map(({ port }) => port),
      this.#rule,
      attribution?.ok ? attribution.value.ports : this.#owners?.attribution.ports,
    );
  }

  /** Verdicts need more ports than those shown: the settings' ports and IBKR's usual ones are added. */
  #readAttribution(): Promise<Result<Attribution, Problem>> {
    const { platform, settings } = this.#options;
    const shown = [...this.ports(), ...settings().ports].map(({ port }) => port);
    const expected = this.#owners?.attribution.ports ?? null;
    return readAttribution(platform, [...shown, ...ALWAYS_PROTECTED_PORTS], expected);
  }

  #buildProof(look: Look, attribution: Attribution, lookCame: 'before' | 'after'): Promise<Proof> {
    const { platform, settings } = this.#options;
    return buildProof(look, attribution, { platform, botNames: settings().botNames, lookCame });
  }

  /** Should the owners be read now? With nothing on the ports there are none. */
  #isDue(look: Look, changed: boolean): boolean {
    const sinceMs = this.#options.clock.now() - this.#attributedAt;
    if (look.fingerprint === '') return false;
    if (changed || this.#forwarding.isDue()) return true;
    if (look.zombies.size > 0 && fingerprintOf(look.beyond.rows) !== this.#protectedPrint) return true;
    if (this.#ownersProblem !== null) return sinceMs >= RETRY_EVERY_MS;
    return look.zombies.size > 0 && sinceMs >= this.#attributeAgainMs;
  }

  /** `early`: an attribution read before the table; the table then covers its ports. */
  async #attribute(look: Look, early: Result<Attribution, Problem> | null = null): Promise<void> {
    const read = early ?? (await this.#readAttribution());
    const lookCame = early === null ? 'before' : 'after';
    this.#attributedAt = this.#options.clock.now();
    this.#ownersProblem = read.ok ? null : read.error;
    this.#owners = read.ok
      ? { attribution: read.value, proof: await this.#buildProof(look, read.value, lookCame) }
      : null;
    this.#bePatient(look);
    if (!read.ok) return;
    const { processes, holdings, ports } = read.value;
    const shown = this.ports().map(({ port }) => port);
    if (await this.#forwarding.follow(shown, look.table.rows, read.value)) this.#rerouted = true;
    const refer = (pid: number) => {
      const process = processes.get(pid);
      return process ? describeProcess(process) : null;
    };
    this.#culprits.see(holdings, refer, ports);
  }

  /** Backs off: a Gateway that holds the same zombies all day must cost next to nothing. */
  #bePatient(look: Look): void {
    const held = this.#owners?.proof.zombies.map(({ key, holdings }) => `${key} ${holdings.map(({ pid }) => pid)}`);
    const holders = `${look.fingerprint}\n${held?.sort().join('\n') ?? 'unknown'}`;
    const same = holders === this.#holders;
    this.#holders = holders;
    this.#attributeAgainMs = same
      ? Math.min(this.#attributeAgainMs * 2, ATTRIBUTE_AT_LEAST_EVERY_MS)
      : ATTRIBUTE_EVERY_MS;
  }

  /** The owners as last read, joined with this scan's zombies. */
  #proofFor(look: Look): Proof | null {
    if (this.#owners === null) return null;
    const { attribution, proof } = this.#owners;
    return { ...proof, look, zombies: attribute(look.zombies.values(), attribution.holdings) };
  }

  #disagrees(look: Look): boolean {
    const proof = this.#proofFor(look);
    return proof !== null && (compare(proof, this.#options.platform.self).suspicious || this.#leftOut(look) > 0);
  }

  /** Connections that lsof shows and the kernel's table lacks: if there are any, the table is no reliable count. */
  #leftOut({ table }: Look): number {
    const shown = new Set(this.ports().map(({ port }) => port));
    return missingFromTable(table.rows, this.#owners?.attribution.holdings ?? [], shown);
  }

  #parts(look: Look, durationMs: number): ScanParts {
    const { platform, clock, settings } = this.#options;
    const onBotList = globMatcher(settings().botNames);
    this.#culprits.bind(look.zombies.values());
    const at = timestamp(clock.wall());
    this.#seenAt = at;
    return seenParts({
      look,
      proof: this.#proofFor(look),
      ownersProblem: this.#ownersProblem,
      shown: this.ports(),
      self: platform.self,
      culprits: (key) => this.#culprits.of(key),
      forwarded: this.#forwarding.ports(),
      isBot: (process) => botReason(process, onBotList) !== null,
      at,
      durationMs,
    });
  }

  /** The scan when nothing could be seen. */
  unknown(problem: Problem): Scan {
    return this.#failed(problem, 0);
  }

  #failed(problem: Problem, durationMs: number): Scan {
    const parts = failedParts(problem, { shown: this.ports(), at: this.#seenAt, durationMs });
    return { parts, look: null, proof: null, changed: true, ownersRead: false };
  }
}

function incompleteTable({ table }: Look, count: number): Problem {
  const hint = `It leaves out ${count} of the connections that lsof shows, so nothing can be counted; check it with "sexton doctor".`;
  return { code: 'counts-disagree', tool: table.source, hint };
}
