import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Measurement } from '../measure.ts';
import { interleave, ratioRow } from '../measure.ts';
import { openStage } from '../stage.ts';

const ROOT = join(import.meta.dirname, '../../..');
const COMMAND = join(ROOT, 'out/cli/sexton.mjs');

/** From the start of the built command to the first byte it prints, beside Node doing nothing. */
export const start: Measurement = async (tell) => {
  tell('building the command');
  const built = spawnSync(
    join(ROOT, 'node_modules/.bin/vite'),
    ['build', '--config', 'vite.cli.config.ts', '--logLevel', 'error'],
    { cwd: ROOT },
  );
  if (built.status !== 0) throw new Error(`the command could not be built: ${built.stderr}`);
  const stage = await openStage();
  try {
    const times = await interleave({
      status: () => firstOutput([COMMAND, 'status']),
      afterStatus: () => ending,
      version: () => firstOutput([COMMAND, '--version']),
      afterVersion: () => ending,
      node: () => firstOutput(['-p', '0']),
      afterNode: () => ending,
    });
    const { version, node } = times;
    return [
      ratioRow(
        'start of `sexton status` to first output, nothing on the ports',
        '`node -p 0` to its output',
        null,
        [times.status, node],
        { versionMs: version },
      ),
    ];
  } finally {
    await stage.close();
  }
};

/** The end of the program that was started last: it is waited for separately, so that no two run at once. */
let ending: Promise<unknown> = Promise.resolve();

/** Resolves when Node, started with these arguments, prints something. */
async function firstOutput(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  ending = new Promise((resolve) => child.once('close', resolve));
  await Promise.race([new Promise((resolve) => child.stdout.once('data', resolve)), ending]);
}
