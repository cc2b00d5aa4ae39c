import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OwnChild, startOwnChild } from '../platform/run/own-child.ts';
import { type ActorCommand, answerSchema, FOLDER_MARK, FOLDER_PREFIX } from './actor.ts';

/** How long an actor may take for one command; starting a packaged app's binary takes a second or two. */
const ANSWER_MS = 30_000;
/** How long an actor may take to end after its stdin has closed. */
const END_MS = 2_000;

/** A pretend Gateway or bot that the selftest controls. */
export interface Actor {
  readonly pid: number;
  readonly ended: Promise<void>;
  /** Sends a command; resolves with the numbers of the answer, or null if it failed. */
  tell(command: ActorCommand): Promise<number[] | null>;
  end(): Promise<void>;
}

/** Everything the selftest starts and creates. `close` removes it all; if the selftest is killed, the actors do. */
export class Cast {
  /** The selftest's own folder, for its lock file and its journal. */
  readonly folder: string;
  readonly #command: readonly string[];
  readonly #actors: Actor[] = [];

  private constructor(folder: string, command: readonly string[]) {
    this.folder = folder;
    this.#command = command;
  }

  /** @param command starts an actor when the folder is appended to it */
  static async open(command: readonly string[]): Promise<Cast> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), FOLDER_PREFIX)));
    await writeFile(join(folder, FOLDER_MARK), '');
    return new Cast(folder, command);
  }

  /** Starts another actor; null if it cannot be started. */
  async start(): Promise<Actor | null> {
    const waiting = new Map<number, (numbers: number[] | null) => void>();
    const hear = (line: string) => {
      const answer = readAnswer(line);
      if (answer === null) return;
      waiting.get(answer.selftest)?.(answer.ok ? answer.numbers : null);
      waiting.delete(answer.selftest);
    };
    const child = await startOwnChild([...this.#command, this.folder], hear);
    if (child === null) return null;
    const actor = actorOf(child, waiting);
    this.#actors.push(actor);
    return actor;
  }

  /** Ends all actors and removes the folder. */
  async close(): Promise<void> {
    await Promise.all(this.#actors.map((actor) => actor.end()));
    await rm(this.folder, { recursive: true, force: true });
  }
}

function actorOf(child: OwnChild, waiting: Map<number, (numbers: number[] | null) => void>): Actor {
  let sent = 0;
  return {
    pid: child.pid,
    ended: child.ended,
    tell: (command) =>
      new Promise((resolve) => {
        sent += 1;
        const number = sent;
        const settle = (numbers: number[] | null) => {
          clearTimeout(timer);
          waiting.delete(number);
          resolve(numbers);
        };
        const timer = setTimeout(() => settle(null), ANSWER_MS);
        waiting.set(number, settle);
        void child.ended.then(() => settle(null));
        child.send(JSON.stringify(command));
      }),
    end: () => child.end(END_MS),
  };
}

function readAnswer(line: string) {
  try {
    const parsed = answerSchema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
