import { existsSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { createPlatform } from '../platform/index.ts';
import type { Flock, HeldFile } from '../platform/lock/flock.ts';

/** The prefix of the selftest's folders, and the file in them that marks them as safe to remove. */
export const FOLDER_PREFIX = 'sexton-selftest-';
export const FOLDER_MARK = 'remove-me';

/** No actor lives longer, whatever happens to the selftest. */
const LIFE_MS = 180_000;
/** How long a connection to our own pretend Gateway may take. */
const CONNECT_MS = 20_000;
const GREETING = 'API\0';

const port = z.number().int().min(1).max(65_535);

/** The commands an actor accepts, one JSON object per line. */
const commandSchema = z.discriminatedUnion('do', [
  /** Be the Gateway: listen on 127.0.0.1, answer greetings, and never close a connection that its bot has closed. */
  z.object({ do: z.literal('listen'), port }),
  /** As the Gateway, close the connections from these ports, which leaves their bots with zombies. */
  z.object({ do: z.literal('close'), ports: z.array(port) }),
  /** As the Gateway, report how many connections were ever accepted. */
  z.object({ do: z.literal('count') }),
  /** Be a bot: connect, greet, and wait for the answers. */
  z.object({ do: z.literal('connect'), port, count: z.number().int().min(1).max(10) }),
  /** As a bot, close all connections properly. */
  z.object({ do: z.literal('leave') }),
  /** Ignore SIGTERM from now on. */
  z.object({ do: z.literal('deafen') }),
  z.object({ do: z.literal('lock'), path: z.string() }),
  z.object({ do: z.literal('unlock') }),
  /** Exit at once without closing anything, like a bot that crashes. */
  z.object({ do: z.literal('vanish') }),
]);

export type ActorCommand = z.infer<typeof commandSchema>;

/** An actor's answer to a command: the number of its line, and the result. */
export const answerSchema = z.object({
  selftest: z.number().int(),
  ok: z.boolean(),
  /** Client ports, a count, or nothing. */
  numbers: z.array(z.number()),
});

/** The process of an actor, or a test's stand-in for it. */
export interface ActorProcess {
  stdin: NodeJS.ReadableStream;
  stdout: { write(text: string): unknown };
  on(signal: 'SIGINT' | 'SIGHUP' | 'SIGTERM', listener: () => void): unknown;
  exit(code: number): void;
}

/**
 * Runs as an actor of the selftest, a pretend Gateway or bot, until stdin ends. That also happens when the selftest is killed; the
 * actors then remove its folder. An actor connects only to the port it is given, which is the selftest's own. The promise never
 * settles: the process ends instead.
 */
export function runActor(folder: string, process: ActorProcess): Promise<never> {
  const pretend = new PretendProcess();
  const end = () => {
    removeFolder(folder);
    process.exit(0);
  };
  // Ctrl-C reaches the whole process group; the actors stay until the selftest has ended, to clean up after it.
  process.on('SIGINT', () => undefined);
  process.on('SIGHUP', () => undefined);
  setTimeout(end, LIFE_MS);
  let line = 0;
  const reader = createInterface({ input: process.stdin });
  reader.on('line', async (text) => {
    line += 1;
    const number = line;
    const parsed = commandSchema.safeParse(parseJson(text));
    if (parsed.success && parsed.data.do === 'deafen') process.on('SIGTERM', () => undefined);
    if (parsed.success && parsed.data.do === 'vanish') process.exit(0);
    const numbers = parsed.success ? await pretend.obey(parsed.data).catch(() => null) : null;
    process.stdout.write(`${JSON.stringify({ selftest: number, ok: numbers !== null, numbers: numbers ?? [] })}\n`);
  });
  reader.on('close', end);
  return new Promise(() => undefined);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function removeFolder(folder: string): void {
  if (!basename(folder).startsWith(FOLDER_PREFIX) || !existsSync(join(folder, FOLDER_MARK))) return;
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // Another actor is removing it at the same time.
  }
}

/** The sockets and the lock of one actor. */
class PretendProcess {
  readonly #accepted = new Map<number, Socket>();
  readonly #connections: Socket[] = [];
  #acceptedEver = 0;
  #held: HeldFile | null = null;

  async obey(command: ActorCommand): Promise<number[] | null> {
    switch (command.do) {
      case 'listen':
        return this.#listen(command.port);
      case 'close':
        for (const port of command.ports) this.#accepted.get(port)?.end();
        return [];
      case 'count':
        return [this.#acceptedEver];
      case 'connect':
        return Promise.all(Array.from({ length: command.count }, () => this.#connect(command.port)));
      case 'leave':
        for (const socket of this.#connections.splice(0)) socket.destroy();
        return [];
      case 'deafen':
      case 'vanish':
        return [];
      case 'lock':
        return this.#lock(command.path);
      case 'unlock':
        await this.#held?.release();
        this.#held = null;
        return [];
    }
  }

  #listen(port: number): Promise<number[] | null> {
    return new Promise((resolve) => {
      const server = createServer({ allowHalfOpen: true }, (socket) => {
        this.#acceptedEver += 1;
        if (socket.remotePort !== undefined) this.#accepted.set(socket.remotePort, socket);
        socket.on('error', () => undefined);
        socket.once('data', () => socket.write(GREETING));
        socket.resume();
      });
      server.once('error', () => resolve(null));
      server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve([port]));
    });
  }

  /** Resolves with the client port once the Gateway has answered. */
  #connect(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      this.#connections.push(socket);
      const timer = setTimeout(() => reject(new Error('no answer')), CONNECT_MS);
      socket.on('error', reject);
      socket.once('connect', () => socket.write(GREETING));
      socket.once('data', () => {
        clearTimeout(timer);
        resolve(socket.localPort ?? 0);
      });
    });
  }

  async #lock(path: string): Promise<number[] | null> {
    const flock = machineFlock();
    if (flock === null) return null;
    const held = await flock.lock({ path, timeoutMs: 0 });
    if (held.ok) this.#held = held.value;
    return held.ok ? [] : null;
  }
}

function machineFlock(): Flock | null {
  const platform = createPlatform();
  return platform.ok ? platform.value.flock : null;
}
