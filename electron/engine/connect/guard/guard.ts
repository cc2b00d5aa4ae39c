import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Engine } from '../../api.ts';
import { botReason, globMatcher } from '../../clean/bot-list.ts';
import { timestamp } from '../../clock.ts';
import { describeProcess } from '../../observe/process/scripts.ts';
import { isLoopback } from '../../observe/sides.ts';
import { type CommandEnd, type StartedCommand, startCommand } from '../../platform/run/child.ts';
import type { SignalRelay } from '../../platform/run/child-signals.ts';
import { MARK_NAME } from '../../platform/run/marked.ts';
import type { Platform, ProcessRecord, Signal, SignalOutcome } from '../../platform/types.ts';
import { type JournalEntry, signalPlanned, signalSent } from '../../record/journal/entries.ts';
import type { Journal } from '../../record/journal/journal.ts';
import { serial } from '../../serial.ts';
import type { BreakerStore } from '../breaker/store.ts';
import type { HandshakeLock } from '../handshake-lock.ts';
import { type SeenConnection, STABLE_MS } from './attempt/attempt.ts';
import { runAttempt } from './attempt/run-attempt.ts';
import { SessionWatch } from './attempt/sessions.ts';
import { cleanUp, type GuardedCleaning } from './clean.ts';
import { commandName } from './command-name.ts';
import { connect } from './manager.ts';
import type { GuardNews } from './news.ts';
import type { StartedBots } from './started-bots.ts';
import { wereStoppedBySexton } from './stopped-by-sexton.ts';
import type { Leftover } from './tools.ts';
import { CANNOT_SEE, readOwnTree, whyLeave } from './tree/evidence.ts';
import { memberName } from './tree/member-name.ts';
import { mayBeBot } from './tree/members.ts';
import { TreePast } from './tree/past.ts';
import { TreeStopper } from './tree/stop.ts';
import { CommandTree } from './tree/tree.ts';

/** The options of `sexton guard`. */
export interface GuardWish {
  command: readonly string[];
  /** The ports the bot connects to; any watched port when empty. */
  ports: readonly number[];
  /** Attempts beyond the first. */
  retries: number;
  timeoutMs: number;
  clean: GuardedCleaning;
  lock: boolean;
}

/** Runs a bot with breaker, lock and pre-clean until it ends; resolves with the exit code. */
export type RunGuard = (wish: GuardWish, relay: SignalRelay, tell: (news: GuardNews) => void) => Promise<number>;

export interface GuardParts {
  engine: Engine;
  platform: Platform;
  lock: HandshakeLock;
  breaker: BreakerStore;
  journal: Journal;
  /** The journal's directory. */
  logs: string;
  bots: StartedBots;
}

/** How far before a bot's end its signal can be in the journal: the longest grace period, and some margin. */
const STOP_REACHES_BACK_MS = 150_000;
const POLL_MS = 100;
/** How long a stopped command may take to be reaped. */
const REAP_MS = 1_000;

/** Builds the guard from the engine's parts. */
export function createGuardRunner(parts: GuardParts): RunGuard {
  return (wish, relay, tell) => new GuardRun(parts, wish, relay, tell).run();
}

/** One run of `sexton guard`. */
class GuardRun {
  readonly #parts: GuardParts;
  readonly #wish: GuardWish;
  readonly #relay: SignalRelay;
  readonly #tell: (news: GuardNews) => void;
  readonly #tree: CommandTree;
  readonly #sessions: SessionWatch;
  readonly #past: TreePast;
  readonly #stopper: TreeStopper;
  readonly #onBotList: (name: string) => boolean;
  readonly #mark = randomUUID();
  /** Signals with this id in the journal are this guard's own. */
  readonly #planId = randomUUID();
  readonly #bot: string;
  readonly #spared = new Set<string>();
  #noted = 0;
  readonly #inTurn = serial();
  #noting: Promise<void> = Promise.resolve();
  readonly #troubles = new Set<string>();

  constructor(parts: GuardParts, wish: GuardWish, relay: SignalRelay, tell: (news: GuardNews) => void) {
    this.#parts = parts;
    this.#wish = wish;
    this.#relay = relay;
    this.#tell = tell;
    this.#bot = commandName(wish.command);
    const { platform, engine } = parts;
    const { lockPath, graceMs, botNames, gatewayHosts } = engine.settings();
    const ports = this.#ports();
    const findAdopted = () => platform.findMarked(this.#mark);
    this.#tree = new CommandTree(platform, now, (process) => memberName(process, this.#bot), findAdopted);
    const remoteGateways = gatewayHosts.some((host) => host !== 'localhost' && !isLoopback(host));
    this.#sessions = new SessionWatch({ platform, tree: this.#tree, ports, remoteGateways, lockPath });
    this.#past = new TreePast({ platform, ports, lockPath });
    this.#onBotList = globMatcher(botNames);
    this.#stopper = new TreeStopper({
      platform,
      tree: this.#tree,
      graceMs,
      isBot: (process) => this.#isBot(process),
      read: () => this.#readEvidence(),
      planned: (process, signal) => this.#planned(process, signal),
      sent: (process, signal, outcome) => this.#sent(process, signal, outcome),
      now,
      sleep: (ms) => delay(ms),
    });
  }

  async run(): Promise<number> {
    const { engine, breaker, lock, logs } = this.#parts;
    const { retries, timeoutMs, lock: wantsLock } = this.#wish;
    const { lockPath, lockTimeoutMs } = engine.settings();
    const ports = this.#ports();
    const order = { bot: this.#bot, ports, retries, timeoutMs, lock: wantsLock, lockTimeoutMs };
    const code = await connect(order, {
      breaker: { admit: (outcomeWithinMs) => breaker.admit(outcomeWithinMs, this.#wish.ports) },
      acquireLock: (signal) => lock.acquire({ path: lockPath, timeoutMs: lockTimeoutMs, signal }),
      clean: () => this.#clean(),
      attempt: (hooks) =>
        runAttempt(
          {
            start: () => this.#start(),
            sessions: { begin: () => this.#sessions.begin(), look: () => this.#look() },
            tree: this.#tree,
            relay: this.#relay,
            rules: { timeoutMs, stableMs: STABLE_MS },
            now,
          },
          hooks,
        ),
      whyNotStop: ({ pid }) => this.#whyNotStop(pid),
      stop: (command) => this.#stop(command),
      stopLeftover: (patienceMs) => this.#stopLeftover(patienceMs),
      zombiesLeft: () => this.#sessions.left(delay),
      stoppedBySexton: (since) => {
        const from = Math.max(since.getTime(), Date.now() - STOP_REACHES_BACK_MS);
        return wereStoppedBySexton(logs, this.#tree.members(), new Date(from), new Set([this.#planId]));
      },
      relay: this.#relay,
      record: (entry) => this.#record(entry),
      tell: this.#tell,
      clock: {
        now,
        wall: () => new Date(),
        sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
      },
      random: Math.random,
    });
    if (this.#noted > 0) this.#note();
    await this.#noting;
    return code;
  }

  #ports(): readonly number[] {
    const { ports } = this.#wish;
    return ports.length > 0 ? ports : this.#parts.engine.settings().ports.map(({ port }) => port);
  }

  async #look(): ReturnType<SessionWatch['look']> {
    const look = await this.#sessions.look();
    if (this.#tree.members().length !== this.#noted) this.#note();
    await this.#past.note(
      this.#tree.processes().filter((process) => !this.#isBot(process)),
      look.sighting,
    );
    return look;
  }

  #start(): ReturnType<typeof startCommand> {
    return startCommand(this.#wish.command, { [MARK_NAME]: this.#mark });
  }

  async #clean(): ReturnType<typeof cleanUp> {
    await this.#tree.refresh({ force: true });
    const { engine, bots, platform } = this.#parts;
    return cleanUp({ policy: this.#wish.clean, hand: engine, tree: this.#tree, bots, platform });
  }

  /** Records the started processes, so that a later guard can clean up if this one is killed. */
  #note(): void {
    const members = this.#tree.members();
    this.#noted = members.length;
    this.#noting = this.#inTurn(async () => {
      const trouble = await this.#parts.bots.note(members);
      if (trouble !== null) this.#complain(trouble);
    });
  }

  /** "runner.py (4313)". */
  #naming(process: ProcessRecord): string {
    return `${memberName(process, this.#bot)} (${process.pid})`;
  }

  #isBot(process: ProcessRecord): boolean {
    return mayBeBot(process, {
      isCommand: (one) => this.#tree.isCommand(one),
      onBotList: (one) => botReason(one, this.#onBotList) !== null,
      everConnected: (one) => this.#past.everConnected(one),
    });
  }

  #readEvidence(): ReturnType<typeof readOwnTree> {
    const watched = this.#parts.engine.settings().ports.map(({ port }) => port);
    return readOwnTree(this.#parts.platform, [...this.#ports(), ...watched], now);
  }

  async #whyNotStop(pid: number): Promise<string | null> {
    await this.#tree.refresh({ force: true });
    const evidence = await this.#readEvidence();
    if (!evidence.ok) return CANNOT_SEE;
    return whyLeave(pid, this.#tree.processes(), evidence.value);
  }

  async #stop(command: StartedCommand): Promise<CommandEnd | null> {
    await this.#stopper.stop();
    return Promise.race([command.ended, delay(REAP_MS, null, { ref: false })]);
  }

  async #stopLeftover(patienceMs: number): Promise<Leftover> {
    if (patienceMs > 0) await this.#awaitBackground(patienceMs);
    const deadline = now() + this.#parts.engine.settings().graceMs;
    const stopped: ProcessRecord[] = [];
    for (;;) {
      const end = await this.#stopper.stop();
      stopped.push(...end.stopped);
      const blocking = end.survivors.flatMap(({ process, why }) =>
        why === null ? [] : [{ name: this.#naming(process), why }],
      );
      // A session may be ending together with the process that held it.
      if (blocking.length === 0 || now() >= deadline || this.#relay.stopped.aborted) {
        const spared = end.survivors.flatMap(({ process, why }) => (why === null ? [this.#naming(process)] : []));
        const fresh = spared.filter((name) => !this.#spared.has(name));
        for (const name of fresh) this.#spared.add(name);
        return { stopped: stopped.map((process) => this.#naming(process)), blocking, spared: fresh };
      }
      await delay(POLL_MS);
    }
  }

  /** Gives a bot that its command put into the background the time of an attempt: until it has connected or ended. */
  async #awaitBackground(patienceMs: number): Promise<void> {
    const deadline = now() + patienceMs;
    while (now() < deadline && !this.#relay.stopped.aborted) {
      const { sighting } = await this.#look();
      if (sighting.kind === 'seen' && sighting.connections.some(isConnected)) return;
      await this.#tree.refresh({ force: true });
      if (!this.#tree.processes().some((process) => this.#isBot(process))) return;
      await delay(POLL_MS);
    }
  }

  async #planned(process: ProcessRecord, signal: Signal): Promise<void> {
    const why = { by: 'guard' as const, reason: 'guarded-command' as const, ports: [...this.#ports()], zombies: 0 };
    const entry = {
      at: timestamp(Date.now()),
      process: describeProcess(process),
      signal,
      planId: this.#planId,
      ...why,
    };
    const written = await this.#parts.journal.append(signalPlanned(entry), { durable: true });
    if (!written.ok) this.#complain(`the record could not be written (${written.error.detail})`);
  }

  #sent(process: ProcessRecord, signal: Signal, outcome: SignalOutcome): void {
    const at = timestamp(Date.now());
    this.#record(signalSent({ at, process: describeProcess(process), signal, planId: this.#planId, outcome }));
  }

  #record(entry: JournalEntry): void {
    void this.#parts.journal.append(entry).then((written) => {
      if (!written.ok) this.#complain(`the record could not be written (${written.error.detail})`);
    });
  }

  /** Reports each problem once. */
  #complain(text: string): void {
    if (this.#troubles.has(text)) return;
    this.#troubles.add(text);
    this.#tell({ kind: 'trouble', text });
  }
}

/** Has the Gateway answered its handshake, as far as that can be known? */
function isConnected({ own, phase, replies }: SeenConnection): boolean {
  return own && phase === 'open' && (replies === 'handshake' || replies === null);
}

const now = () => performance.now();
