import type { Gateway } from './gateway.ts';
import type { Ending, Puppet, PuppetEvent } from './puppet.ts';
import type { Costume, PuppetCommand, Scene } from './scene.ts';

export interface BotOptions extends Costume {
  /** Where it connects by default. */
  gateway?: Gateway;
  port?: number;
  host?: string;
  sigterm?: 'die' | 'ignore' | { exitAfterMs: number };
}

/** A connection that a bot opened; `port` is the client's own. */
export interface Session {
  port: number;
  /** The Gateway has sent something. */
  answered: boolean;
  /** The handshake is done. */
  connected: boolean;
}

export interface ConnectOptions {
  port?: number;
  host?: string;
  count?: number;
  /** False: connects and sends nothing, as a port probe does. */
  greet?: boolean;
  /** False: does not wait for the answer. */
  wait?: boolean;
  /** How long to wait for the connection and for the answer; 10,000 when absent. No answer is not an error. */
  timeoutMs?: number;
  /** The client's own port, for look-alikes. */
  clientPort?: number;
}

/** A pretend bot. */
export interface Bot {
  readonly pid: number;
  readonly puppet: Puppet;
  readonly scene: Scene;
  connect(options?: ConnectOptions): Promise<Session[]>;
  /** Starts to connect without waiting: SYN_SENT while the backlog is full. Returns the client port. */
  knock(options?: { port?: number; host?: string }): Promise<number>;
  /** Closes sessions properly (all, or those with these client ports); the bot keeps running. */
  disconnect(ports?: readonly number[], how?: { reset?: boolean }): Promise<void>;
  /** Sends its FIN and keeps the descriptor: FIN_WAIT_2 for as long as the Gateway does not close. */
  halfClose(ports?: readonly number[]): Promise<void>;
  /** Leaves its descriptors to a child that outlives it, forked or (with `script`) a separate program. Returns the pid. */
  leak(options?: { ports?: readonly number[]; script?: string; close?: boolean; sigterm?: 'ignore' }): Promise<number>;
  /** Starts a child of another program (see `Costume.program`) that inherits nothing. Returns the pid. */
  child(options: { program: string; script?: string; args?: readonly string[] }): Promise<number>;
  /** Starts a child worker with its own sessions, which ends with the parent by default. */
  worker(options?: ConnectOptions & { diesWithParent?: boolean }): Promise<{ pid: number; sessions: Session[] }>;
  /** Takes the flock (the event `waiting` comes first); resolves with the ms it took, rejects on timeout. */
  lock(path: string, timeoutMs?: number): Promise<number>;
  unlock(path: string): Promise<void>;
  /** Lock, connect, hold `holdMs` longer, release: a bot that takes the lock itself. */
  lockedConnect(
    options: ConnectOptions & { path: string; lockTimeoutMs?: number; holdMs?: number },
  ): Promise<Session[]>;
  /** Takes and releases the lock back to back; resolves when it has held it once. */
  contend(path: string, holdMs?: number): Promise<void>;
  /** Stops that; resolves with the number of its turns. */
  stopContending(): Promise<number>;
  /** Opens a server; resolves with the port. */
  listen(options?: { host?: string; port?: number }): Promise<number>;
  /** Waits for an event that it reports: `waiting`, `locked`. */
  heard(event: string): Promise<PuppetEvent>;
  exit(code?: number): Promise<Ending>;
  /** Sends itself SIGKILL. */
  crash(): Promise<Ending>;
}

/** Starts a pretend bot; it does nothing until told. */
export async function startBot(scene: Scene, options: BotOptions = {}): Promise<Bot> {
  const { costume, settings } = split(options);
  const puppet = await scene.start('bot', { script: 'runner_async.py', ...costume }, settings);
  const end = async (name: string, details: object = {}): Promise<Ending> => {
    // It ends instead of answering.
    puppet.command(name, details).catch(() => undefined);
    return puppet.exited;
  };
  return {
    pid: puppet.pid,
    puppet,
    scene,
    connect: (connection = {}) => puppet.command('connect', connection),
    knock: (where = {}) => puppet.command('knock', where),
    disconnect: async (ports, how = {}) => void (await puppet.command('leave', { ...how, ...(ports && { ports }) })),
    halfClose: async (ports) => void (await puppet.command('half_close', { ...(ports && { ports }) })),
    leak: ({ script, ...how } = {}) =>
      puppet.command('leak', { ...how, ...(script && { script: scene.script('bot', script) }) }),
    child: ({ program, script = 'child.py', args = [] }) =>
      puppet.command('child', {
        ...scene.program(program),
        script: scene.script('bot', script),
        arguments: args,
      }),
    worker: (connection = {}) => puppet.command('worker', connection),
    lock: (path, timeoutMs) => puppet.command('lock', { path, ...(timeoutMs && { timeoutMs }) }),
    unlock: async (path) => void (await puppet.command('unlock', { path })),
    lockedConnect: ({ timeoutMs: _answer, lockTimeoutMs, ...how }) =>
      puppet.command('locked_connect', { ...how, ...(lockTimeoutMs && { timeoutMs: lockTimeoutMs }) }),
    contend: async (path, holdMs) => void (await puppet.command('contend', { path, ...(holdMs && { holdMs }) })),
    stopContending: () => puppet.command('stop_contending'),
    listen: (where = {}) => puppet.command('listen', where),
    heard: (event) => puppet.heard(event),
    exit: (code = 0) => end('exit', { code }),
    crash: () => end('crash'),
  };
}

/** One step of a bot that runs by plan, under its name in the Python script. */
export type PlanStep =
  | ({ do: 'connect' } & ConnectOptions)
  | ({ do: 'locked_connect'; path: string; holdMs?: number; timeoutMs?: number } & Omit<ConnectOptions, 'timeoutMs'>)
  | { do: 'lock'; path: string; timeoutMs?: number }
  | { do: 'unlock'; path: string }
  | ({ do: 'worker'; diesWithParent?: boolean } & ConnectOptions)
  | { do: 'leave' | 'crash' | 'wait_for_end' | 'stay' | 'read_line' }
  | { do: 'leak'; sigterm?: 'ignore' }
  | { do: 'sleep'; ms: number }
  | { do: 'say'; text: string }
  | { do: 'exit'; code: number };

/**
 * The command of a bot that runs by plan, to be started by another program (`sexton guard -- …`). Each start takes the next
 * plan and the last one repeats. What it does is printed on stdout as JSON lines; a plan that ends, or `exit`, ends it.
 */
export function botCommand(scene: Scene, options: BotOptions, ...plans: PlanStep[][]): PuppetCommand {
  const { costume, settings } = split(options);
  planned += 1;
  const attempts = scene.path(`attempts-${planned}`);
  return scene.command('bot', { script: 'runner_async.py', ...costume }, { ...settings, plans, attempts });
}

let planned = 0;

function split({ gateway, port, host, sigterm, ...costume }: BotOptions) {
  const loopback = gateway?.options.host === '::1' ? '::1' : '127.0.0.1';
  return { costume, settings: { port: port ?? gateway?.port, host: host ?? loopback, sigterm } };
}
