import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Bot,
  hasPython,
  NO_PYTHON,
  openScene,
  pythonExecutable,
  type Scene,
  startBot,
} from '../../support/simulator/index.ts';

/** The recipe as the README prints it. */
function recipe(): string {
  const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
  const block = /^( *)```python\n([\s\S]*?)^ *```$/m.exec(readme);
  const [, indent = '', code = ''] = block ?? [];
  return code.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
}

function replaced(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`The recipe has no ${from}.`);
  return text.replaceAll(from, to);
}

/** Stands in for ib_async, and runs the recipe beside something else that needs the event loop. */
const HARNESS = `
import json, sys

def say(event, **more):
    print(json.dumps({'event': event, 'at': time.monotonic(), **more}), flush=True)

def held():
    with open(sys.argv[1], 'r') as other:
        try:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return False
        except BlockingIOError:
            return True

class Ib:
    async def connectAsync(self, host, port, clientId, timeout):
        say('connecting', held=held())
        await asyncio.sleep(0.1)
        if sys.argv[2] == 'fails':
            raise TimeoutError('the Gateway does not answer')
        say('connected', held=held())

    def disconnect(self):
        say('disconnected', held=held())

async def ticking():
    for tick in range(1000):
        if tick == 3:
            say('alive')
        await asyncio.sleep(0.05)

async def main():
    ticks = asyncio.ensure_future(ticking())
    try:
        await connect(Ib())
        say('returned', held=held())
    except TimeoutError as problem:
        say('failed', held=held(), why=str(problem))
    ticks.cancel()

asyncio.run(main())
`;

interface Said {
  event: string;
  /** Monotonic seconds. */
  at: number;
  held?: boolean;
  why?: string;
}

let folder: string;
let path: string;
let scene: Scene;
beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'sexton-recipe-')));
  path = join(folder, 'connect.lock');
  scene = await openScene();
});
afterEach(async () => {
  await scene.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

/** Runs the recipe to its end; `onSaid` hears each line when it is printed. */
async function run(
  gateway: 'answers' | 'fails',
  { deadline = '+ 30', onSaid = (_: Said) => {} } = {},
): Promise<Said[]> {
  const code = replaced(replaced(recipe(), '/tmp/ibkr_connect.lock', path), '+ 30', deadline);
  const script = join(folder, 'recipe.py');
  writeFileSync(script, code + HARNESS);
  const child = spawn(pythonExecutable(), [script, path, gateway], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 50_000,
    killSignal: 'SIGKILL',
  });
  let complaints = '';
  child.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  const said: Said[] = [];
  for await (const line of createInterface(child.stdout)) {
    said.push(JSON.parse(line));
    onSaid(said.at(-1) as Said);
  }
  if (complaints !== '') throw new Error(complaints);
  return said;
}

const events = (said: readonly Said[]) => said.map(({ event }) => event).filter((event) => event !== 'alive');
const find = (said: readonly Said[], event: string) => said.find((one) => one.event === event);

async function holder(): Promise<Bot> {
  const bot = await startBot(scene);
  await bot.lock(path);
  return bot;
}

describe.skipIf(!hasPython)(`the README’s recipe for bots${hasPython ? '' : ` (skipped: ${NO_PYTHON})`}`, () => {
  it('holds the lock while it connects and for half a second after that', async () => {
    const said = await run('answers');
    expect(events(said)).toEqual(['connecting', 'connected', 'returned']);
    expect([find(said, 'connecting')?.held, find(said, 'connected')?.held, find(said, 'returned')?.held]).toEqual([
      true,
      true,
      false,
    ]);
    expect((find(said, 'returned')?.at ?? 0) - (find(said, 'connected')?.at ?? 0)).toBeGreaterThanOrEqual(0.5);
  });

  it('disconnects while it still holds the lock when the connect fails, and then releases it', async () => {
    const said = await run('fails');
    expect(events(said)).toEqual(['connecting', 'disconnected', 'failed']);
    expect(find(said, 'disconnected')?.held).toBe(true);
    expect(find(said, 'failed')).toMatchObject({ held: false, why: 'the Gateway does not answer' });
  });

  it('waits for another bot without blocking the event loop', async () => {
    const bot = await holder();
    let released: Promise<void> | null = null;
    const said = await run('answers', {
      onSaid: ({ event }) => {
        if (event === 'alive') released ??= bot.unlock(path);
      },
    });
    await released;
    expect(said.map(({ event }) => event)).toEqual(['alive', 'connecting', 'connected', 'returned']);
    expect(find(said, 'connecting')?.held).toBe(true);
  });

  it('gives up at its deadline without connecting', async () => {
    await holder();
    const said = await run('answers', { deadline: '+ 0.3' });
    expect(events(said)).toEqual(['failed']);
    expect(find(said, 'failed')).toMatchObject({ held: true, why: expect.stringContaining('not free within') });
  });
});
