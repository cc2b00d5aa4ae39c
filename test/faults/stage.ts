import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunningSexton, runSexton, type SextonOptions, type SextonRun } from '../support/sexton.ts';
import {
  type Bot,
  clientZombies,
  findSockets,
  type Gateway,
  liveSession,
  openScene,
  type Scene,
  sparePorts,
  startBot,
  startGateway,
} from '../support/simulator/index.ts';
import { until } from '../support/until.ts';

/** One zombie on a port of its own, and the bot that holds it. */
export interface Case {
  port: number;
  bot: Bot;
}

/** A Gateway with a port for each case, and a bystander with a live session on each of them, which must never be signalled. */
export interface Stage {
  scene: Scene;
  gateway: Gateway;
  bystander: Bot;
  /** The next unused port, with a new bot that holds one zombie on it. */
  zombie(options?: Parameters<typeof startBot>[1]): Promise<Case>;
  /** Zombies on the port as the kernel shows them, read without the product's code. */
  left(port: number): Promise<number>;
  /** Are the Gateway and the bystander unharmed? */
  unharmed(): boolean;
}

/** Sets the stage for `cases` cases. */
export async function setStage(cases: number): Promise<Stage> {
  const scene = await openScene();
  const ports = await sparePorts(cases);
  const gateway = await startGateway(scene, { ports });
  const bystander = await startBot(scene, { gateway, script: 'runner_bystander.py' });
  await liveSession(gateway, bystander);
  let used = 0;
  const makeCase = async (options: Parameters<typeof startBot>[1]): Promise<Case> => {
    const port = ports[used] ?? 0;
    used += 1;
    const bot = await startBot(scene, { gateway, port, ...options });
    await clientZombies({ ...gateway, port }, bot);
    return { port, bot };
  };
  // One after the other, so that no bot reads a script that is being copied for the next.
  let last: Promise<unknown> = Promise.resolve();
  return {
    scene,
    gateway,
    bystander,
    zombie: (options = {}) => {
      const made = last.then(() => makeCase(options));
      last = made.catch(() => undefined);
      return made;
    },
    left: async (port) => (await findSockets({ remote: port, state: 'CLOSE_WAIT' })).length,
    unharmed: () => gateway.puppet.alive && bystander.puppet.alive,
  };
}

/** Runs the built command where there is one: it starts in a third of the time. */
export function run(args: readonly string[], options: SextonOptions = {}): Promise<SextonRun> {
  return runSexton(args, { built: true, ...options });
}

/** The journal of a home: its complete lines as objects, those that are damaged, and the text after the last newline. */
export function journalOf(home: string): { entries: Record<string, unknown>[]; damaged: string[]; torn: string } {
  let text = '';
  try {
    text = readFileSync(join(home, 'journal.jsonl'), 'utf8');
  } catch {
    // Nothing has been written yet.
  }
  const lines = text.split('\n');
  const torn = lines.pop() ?? '';
  const damaged: string[] = [];
  const entries = lines.flatMap((line) => {
    try {
      return [JSON.parse(line) as Record<string, unknown>];
    } catch {
      damaged.push(line);
      return [];
    }
  });
  return { entries, damaged, torn };
}

/** The signals in a home's journal: `planned 4312 SIGTERM`, `sent 4312 SIGTERM`. */
export function signalsOf(home: string): string[] {
  return journalOf(home).entries.flatMap(({ event, process, signal, outcome }) => {
    if (event !== 'signal_planned' && event !== 'signal_sent') return [];
    const what = event === 'signal_planned' ? 'planned' : String(outcome);
    return [`${what} ${(process as { pid: number }).pid} ${signal}`];
  });
}

/** Waits until the journal of a home has this event. */
export async function journalled(home: string, event: string): Promise<void> {
  await until(() => journalOf(home).entries.some((entry) => entry.event === event), {
    what: `${event} in the journal`,
  });
}

/** Kills Sexton with SIGKILL and waits for its end. */
export async function killNow(sexton: RunningSexton): Promise<SextonRun> {
  sexton.signal('SIGKILL');
  return sexton.ended;
}
