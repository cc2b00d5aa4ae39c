/**
 * Scans thousands of times and prints what the heap has grown by. The tools' outputs are real ones, recorded once and replayed in turn (as they
 * were, and with other connections), so that parsing, tracking, attribution and publishing run in full; `/proc` is read for real.
 * Arguments: the Gateway's port, the client port of a live session, warm-up scans, scans. Needs --expose-gc.
 */
import process from 'node:process';
import { initialSnapshot } from '../../../electron/engine/core/initial.ts';
import { Store } from '../../../electron/engine/core/store.ts';
import { createLinux } from '../../../electron/engine/platform/linux/index.ts';
import type { Output, RunTool } from '../../../electron/engine/platform/run/command.ts';
import { success } from '../../../shared/result.ts';
import { DEFAULT_SETTINGS } from '../../../shared/settings/settings.ts';
import { toolRunner } from '../../support/system.ts';
import { watcherFor } from '../stage.ts';

/** A connection comes or goes every so many scans: owners are read anew then. */
const CHANGE_EVERY = 10;

const [port = '0', client = '0', warmUp = '0', scans = '0'] = process.argv.slice(2);
if (process.platform !== 'linux') throw new Error('needs Linux');
const run = toolRunner();

const recorded = new Map<string, Output>();
let scan = 0;
const replay: RunTool = async (tool, args) => {
  const key = `${tool} ${args.join(' ')}`;
  const known = recorded.get(key);
  if (known === undefined) {
    const output = await run(tool, args);
    if (output.ok) recorded.set(key, output.value);
    return output;
  }
  return success({ ...known, stdout: moved(known.stdout) });
};

/** The same output, in which the live session comes from another port after each change. */
function moved(text: string): string {
  const turn = Math.floor(scan / CHANGE_EVERY);
  return turn === 0 ? text : text.replaceAll(`:${client}`, `:${10_000 + (turn % 50_000)}`);
}

const self = { pid: process.pid, uid: process.geteuid?.() ?? 0 };
const watcher = watcherFor([Number(port)], createLinux({ run: replay, procNet: '/proc/net', self }));
const store = new Store(
  initialSnapshot(DEFAULT_SETTINGS, watcher.ports(), Date.now()),
  () => ({ level: 'notice', advice: { kind: 'nothing', text: '' } }),
  () => new Date().toISOString(),
);
let published = 0;
store.subscribe(() => {
  published += 1;
});

async function scanTimes(count: number): Promise<void> {
  for (let done = 0; done < count; done += 1) {
    scan += 1;
    store.commit((await watcher.scan('auto')).parts);
  }
}

/** What is left after everything that can go has gone. */
function heap(): number {
  for (let round = 0; round < 4; round += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

await scanTimes(Number(warmUp));
const before = heap();
await scanTimes(Number(scans));
const after = heap();
const zombies = store.current().owners.reduce((sum, owner) => sum + owner.zombies, 0);
process.stdout.write(`${JSON.stringify({ before, after, published, zombies })}\n`);
