import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessRef } from '../../shared/snapshot.ts';
import type { Engine } from './api.ts';
import { whyNotStop } from './clean/own-command.ts';
import { timestamp } from './clock.ts';
import { STABLE_MS } from './connect/attempt.ts';
import type { BreakerStore } from './connect/breaker-store.ts';
import type { GuardNews } from './connect/guard-news.ts';
import { runAttempt } from './connect/guarded.ts';
import type { GuardedBots } from './connect/guarded-bots.ts';
import { cleanUp, type GuardedCleaning } from './connect/guarded-clean.ts';
import { wereStoppedBySexton } from './connect/guarded-stops.ts';
import { GuardedTree } from './connect/guarded-tree.ts';
import type { HandshakeLock } from './connect/lock.ts';
import { connect } from './connect/manager.ts';
import type { Leftover } from './connect/manager-tools.ts';
import { Sightings } from './connect/sightings.ts';
import { describeProcess, scriptBasename } from './observe/scripts.ts';
import { isLoopback } from './observe/sides.ts';
import { type CommandEnd, type StartedCommand, startCommand, stopCommand } from './platform/child.ts';
import type { SignalRelay } from './platform/child-signals.ts';
import { type FindMarked, MARK_NAME } from './platform/marked.ts';
import type { LookIntoFiles } from './platform/open-files.ts';
import type { Platform } from './platform/types.ts';
import { type JournalEntry, signalPlanned, signalSent } from './record/entries.ts';
import type { Journal } from './record/journal.ts';

/** What `sexton guard` was asked to do. */
export interface GuardWish {
  command: readonly string[];
  /** Where the bot connects; any watched port when empty. */
  ports: readonly number[];
  /** Attempts beyond the first. */
  retries: number;
  timeoutMs: number;
  clean: GuardedCleaning;
  lock: boolean;
}

/** Runs a bot behind breaker, lock and pre-clean until its end; resolves with the exit code. */
export type RunGuard = (wish: GuardWish, relay: SignalRelay, tell: (news: GuardNews) => void) => Promise<number>;

export interface GuardingParts {
  engine: Engine;
  platform: Platform;
  lock: HandshakeLock;
  breaker: BreakerStore;
  journal: Journal;
  /** The journal's directory. */
  logs: string;
  files: LookIntoFiles;
  findMarked: FindMarked;
  bots: GuardedBots;
}

/** A signal to a bot is in the journal this long before its end at the most: the longest grace, and time to leave. */
const STOP_REACHES_BACK_MS = 150_000;
const POLL_MS = 100;

/** Puts a guard together from the parts of an engine. */
export function createGuarding(parts: GuardingParts): RunGuard {
  return (wish, relay, tell) => new Guarding(parts, wish, relay, tell).run();
}

/** One run of `sexton guard`. */
class Guarding {
  readonly #parts: GuardingParts;
  readonly #wish: GuardWish;
  readonly #relay: SignalRelay;
  readonly #tell: (news: GuardNews) => void;
  readonly #tree: GuardedTree;
  readonly #sightings: Sightings;
  readonly #mark = randomUUID();
  #started = false;
  #noted = 0;
  #noting: Promise<void> = Promise.resolve();
  readonly #troubles = new Set<string>();

  constructor(parts: GuardingParts, wish: GuardWish, relay: SignalRelay, tell: (news: GuardNews) => void) {
    this.#parts = parts;
    this.#wish = wish;
    this.#relay = relay;
    this.#tell = tell;
    const { platform, files, engine } = parts;
    const { lockPath, gatewayHosts } = engine.settings();
    this.#tree = new GuardedTree(platform, now, (process) => describeProcess(process).name);
    const remoteGateways = gatewayHosts.some((host) => host !== 'localhost' && !isLoopback(host));
    const watched = { ports: this.#ports(), remoteGateways, lockPath };
    this.#sightings = new Sightings({ platform, files, tree: this.#tree, ...watched });
  }

  async run(): Promise<number> {
    const { engine, platform, breaker, lock, logs } = this.#parts;
    const { command, retries, timeoutMs, lock: wantsLock } = this.#wish;
    const { lockPath, lockTimeoutMs } = engine.settings();
    const ports = this.#ports();
    const order = { bot: botName(command), ports, retries, timeoutMs, lock: wantsLock, lockTimeoutMs };
    const code = await connect(order, {
      breaker: { admit: (outcomeWithinMs) => breaker.admit(outcomeWithinMs, this.#wish.ports) },
      acquireLock: (signal) => lock.acquire({ path: lockPath, timeoutMs: lockTimeoutMs, signal }),
      clean: () => this.#clean(),
      attempt: (hooks) =>
        runAttempt(
          {
            start: () => this.#start(),
            sightings: { begin: () => this.#sightings.begin(), look: () => this.#look() },
            tree: this.#tree,
            relay: this.#relay,
            rules: { timeoutMs, stableMs: STABLE_MS },
            now,
          },
          hooks,
        ),
      whyNotStop: ({ pid }) => {
        const watched = engine.settings().ports.map(({ port }) => port);
        return whyNotStop(platform, pid, [...ports, ...watched]);
      },
      stop: (command) => this.#stop(command),
      leftover: () => this.#leftover(),
      zombiesLeft: () => this.#sightings.left(delay),
      stoppedBySexton: (since) => {
        const from = Math.max(since.getTime(), Date.now() - STOP_REACHES_BACK_MS);
        return wereStoppedBySexton(logs, this.#tree.members(), new Date(from));
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

  async #look(): ReturnType<Sightings['look']> {
    const look = await this.#sightings.look();
    if (this.#tree.members().length !== this.#noted) this.#note();
    return look;
  }

  #start(): ReturnType<typeof startCommand> {
    this.#started = true;
    return startCommand(this.#wish.command, { [MARK_NAME]: this.#mark });
  }

  /** Reads who of the tree lives, with those whose parent was gone before anybody saw them together. */
  async #readTree(): Promise<void> {
    const adopted = this.#started ? await this.#parts.findMarked(this.#mark) : [];
    await this.#tree.refresh({ force: true, adopted });
  }

  async #clean(): ReturnType<typeof cleanUp> {
    if (this.#started) await this.#readTree();
    const { engine, bots, platform } = this.#parts;
    return cleanUp({ policy: this.#wish.clean, hand: engine, tree: this.#tree, bots, platform });
  }

  /** Writes down who was started, so that a later guard can clean up if this one is killed. */
  #note(): void {
    const members = this.#tree.members();
    this.#noted = members.length;
    this.#noting = this.#noting.then(async () => {
      const trouble = await this.#parts.bots.note(members);
      if (trouble !== null) this.#complain(trouble);
    });
  }

  async #stop(command: StartedCommand): Promise<CommandEnd> {
    const { engine, journal, platform } = this.#parts;
    const planId = randomUUID();
    const table = await platform.readProcessesOf([command.pid]);
    const record = table.ok ? table.value.get(command.pid) : undefined;
    const process: ProcessRef = record
      ? describeProcess(record)
      : { pid: command.pid, startedAt: '', uid: platform.self.uid, name: botName(this.#wish.command), commandLine: '' };
    return stopCommand(command, engine.settings().graceMs, async (signal) => {
      const at = timestamp(Date.now());
      const ports = [...this.#ports()];
      const why = { by: 'guard' as const, reason: 'guarded-command' as const, ports, zombies: 0 };
      const written = await journal.append(signalPlanned({ at, process, signal, planId, ...why }), { durable: true });
      if (!written.ok) this.#complain(`the record could not be written (${written.error.detail})`);
      const outcome = command.signal(signal) ? ({ kind: 'sent' } as const) : ({ kind: 'gone' } as const);
      this.#record(signalSent({ at: timestamp(Date.now()), process, signal, planId, outcome }));
    });
  }

  /** Who of the tree still lives; those with a session get the grace to end it. */
  async #leftover(): Promise<Leftover> {
    const deadline = now() + this.#parts.engine.settings().graceMs;
    for (;;) {
      await this.#readTree();
      const names = this.#tree.alive().map(({ name, pid }) => `${name} (${pid})`);
      if (names.length === 0) return { names, connected: false };
      const { sighting } = await this.#sightings.look();
      const connected =
        sighting.kind === 'seen' && sighting.connections.some(({ own, phase }) => own && phase === 'open');
      if (!connected || now() >= deadline || this.#relay.stopped.aborted) return { names, connected };
      await delay(POLL_MS);
    }
  }

  #record(entry: JournalEntry): void {
    void this.#parts.journal.append(entry).then((written) => {
      if (!written.ok) this.#complain(`the record could not be written (${written.error.detail})`);
    });
  }

  /** Each trouble once. */
  #complain(text: string): void {
    if (this.#troubles.has(text)) return;
    this.#troubles.add(text);
    this.#tell({ kind: 'trouble', text });
  }
}

const now = () => performance.now();

/** The script's name, or the program's; arguments may carry secrets and stay out. */
function botName(command: readonly string[]): string {
  const name = basename(command[0] ?? '');
  return scriptBasename({ name, executable: null, args: [...command] }) ?? name;
}
