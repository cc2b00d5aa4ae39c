import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FromDouble, Notice, Order } from './wire.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** The built main bundle. */
export const BUILT_MAIN = join(ROOT, 'out/main/main.mjs');

/** Node that has module hooks and runs TypeScript: the one that runs the tests, else the project's own. */
function nodeExecutable(): string {
  return process.features.typescript ? process.execPath : join(ROOT, 'node_modules/node/bin/node');
}

/** The built main bundle, running in Node on the double of Electron. */
export class MainProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #orders = 0;
  #stdout = '';
  #stderr = '';
  readonly exited: Promise<number | null>;

  /** `onNotice` is called for what main does with its windows; `args` are main's command line. */
  constructor(
    env: Readonly<Record<string, string | undefined>>,
    onNotice: (notice: Notice) => void,
    args: readonly string[] = [],
  ) {
    if (!existsSync(BUILT_MAIN)) throw new Error('There is no built app: run "npm run build".');
    this.#child = fork(join(import.meta.dirname, 'boot.ts'), [BUILT_MAIN, ...args], {
      execPath: nodeExecutable(),
      env: { ...process.env, ...env },
      // Arguments that are undefined must arrive as such.
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child.stdout?.on('data', (text) => {
      this.#stdout += String(text);
    });
    this.#child.stderr?.on('data', (text) => {
      this.#stderr += String(text);
    });
    this.#child.on('message', (message: FromDouble) => {
      if (message.kind === 'notice') onNotice(message.notice);
      else this.#answered(message);
    });
    this.exited = new Promise((resolve) => {
      // Not `exit`: what it wrote last may still be on its way.
      this.#child.once('close', (code) => {
        for (const { reject } of this.#waiting.values())
          reject(new Error(`The app has ended (${code}). ${this.#stderr}`));
        resolve(code);
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  stdout(): string {
    return this.#stdout;
  }

  stderr(): string {
    return this.#stderr;
  }

  /** Sends the double an order and returns its answer. */
  order<Value>(order: Order): Promise<Value> {
    const id = ++this.#orders;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: (value) => resolve(value as Value), reject });
      this.#child.send({ id, order }, (error) => {
        if (error) reject(error);
      });
    });
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #answered(message: Extract<FromDouble, { kind: 'answer' }>): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.ok) waiting?.resolve(message.value);
    else waiting?.reject(new Error(message.message));
  }
}
