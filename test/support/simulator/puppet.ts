import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';

import { sendSignal } from './processes.ts';

/** An event that a pretend process reported. */
export interface PuppetEvent {
  event: string;
  [field: string]: unknown;
}

interface Answer {
  id: number;
  ok: boolean;
  value?: unknown;
  error?: string;
}

/** How a process ended. */
export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A pretend process under command: `command` resolves when the process has done what it was told. */
export class Puppet {
  readonly exited: Promise<Ending>;
  readonly events: PuppetEvent[] = [];
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, { resolve(value: unknown): void; reject(problem: Error): void }>();
  private readonly listeners = new Set<(event: PuppetEvent) => void>();
  private complaints = '';
  private lastId = 0;
  private ending: Ending | null = null;
  /** The pid that it reports, which is not the child's when it was started under a chosen one. */
  private ownPid: number | null = null;

  constructor(child: ChildProcess) {
    this.child = child;
    this.exited = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null) => {
        this.ending = { code, signal };
        resolve(this.ending);
        for (const one of this.waiting.values()) one.reject(new Error(this.obituary()));
        this.waiting.clear();
      };
      child.once('exit', end);
      child.once('error', (problem) => {
        this.complaints += problem.message;
        end(null, null);
      });
    });
    child.stderr?.on('data', (chunk) => {
      this.complaints += chunk;
    });
    // A process that ends while it is written to is not an error of the test process.
    child.stdin?.on('error', () => undefined);
    (child.stdio[3] as Duplex | null)?.on('error', () => undefined);
    if (child.stdout) createInterface(child.stdout).on('line', (line) => this.hear(line));
  }

  get pid(): number {
    const pid = this.ownPid ?? this.child.pid;
    if (pid === undefined) throw new Error(this.obituary());
    return pid;
  }

  get alive(): boolean {
    return this.ending === null;
  }

  /** What it wrote to stderr so far. */
  get stderr(): string {
    return this.complaints;
  }

  /** Sends the process a command and waits until it is done. */
  command<Value = null>(name: string, details: object = {}): Promise<Value> {
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve, reject) => {
      if (!this.alive) return reject(new Error(this.obituary()));
      this.waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.child.stdin?.write(`${JSON.stringify({ ...details, id, do: name })}\n`);
    });
  }

  /** Waits for an event that it reports; earlier ones count too. */
  heard(name: string): Promise<PuppetEvent> {
    const past = this.events.find((event) => event.event === name);
    if (past) return Promise.resolve(past);
    return new Promise((resolve, reject) => {
      const listener = (event: PuppetEvent) => {
        if (event.event !== name) return;
        this.listeners.delete(listener);
        resolve(event);
      };
      this.listeners.add(listener);
      void this.exited.then(() => reject(new Error(this.obituary())));
    });
  }

  /** Signals the process (SIGKILL by default) and waits for its end. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<Ending> {
    this.signal(signal);
    return this.exited;
  }

  /** Signals without waiting: for those that ignore SIGTERM. */
  signal(signal: NodeJS.Signals): void {
    if (!this.alive) return;
    // The launcher of a chosen pid ends when its child does, and reaps it: until then the pid is ours.
    if (this.ownPid !== null && this.ownPid !== this.child.pid) sendSignal(this.ownPid, signal);
    else this.child.kill(signal);
  }

  /** Ends it in an orderly way: its stdin closes and it exits. */
  async leave(): Promise<Ending> {
    this.child.stdin?.end();
    return this.exited;
  }

  /** Resolves when it has said that it is ready. */
  async ready(): Promise<PuppetEvent> {
    const event = await this.heard('ready');
    this.ownPid = event.pid as number;
    return event;
  }

  private obituary(): string {
    const how = this.ending ? `ended (code ${this.ending.code}, signal ${this.ending.signal})` : 'is not running';
    return `The pretend process ${this.child.pid ?? ''} ${how}. ${this.complaints.trim()}`;
  }

  private hear(line: string): void {
    const message = JSON.parse(line) as PuppetEvent | Answer;
    if ('event' in message) {
      this.events.push(message);
      for (const listener of this.listeners) listener(message);
      return;
    }
    const one = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.ok) one?.resolve(message.value);
    else one?.reject(new Error(message.error));
  }
}
