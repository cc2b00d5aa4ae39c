/** The handshake lock as on a Mac: the kernel decides through the double of libproc, and the stand-in of lsof names the holder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Snapshot } from '../../../shared/snapshot.ts';
import { noMac } from '../../support/mac/as-mac.ts';
import { type MacScene, openMacScene } from '../../support/mac/scene.ts';
import { pythonExecutable } from '../../support/simulator/index.ts';

/** Takes the lock; gives it back at the first line, and keeps the file open until the second. */
const HOLDER = `
import fcntl, sys
file = open(sys.argv[1], 'w')
fcntl.flock(file, fcntl.LOCK_EX)
print('locked', flush=True)
sys.stdin.readline()
fcntl.flock(file, fcntl.LOCK_UN)
print('unlocked', flush=True)
sys.stdin.readline()
`;

describe.skipIf(noMac !== null)(`the lock as on a Mac${noMac ? `: ${noMac}` : ''}`, () => {
  let world: MacScene;
  let holder: ChildProcess | null = null;

  beforeEach(async () => {
    world = await openMacScene();
  });
  afterEach(async () => {
    holder?.kill('SIGKILL');
    await world.close();
  });

  async function said(child: ChildProcess, word: string): Promise<void> {
    for await (const chunk of child.stdout?.iterator({ destroyOnReturn: false }) ?? []) {
      if (String(chunk).includes(word)) return;
    }
    throw new Error(`the holder never said ${word}`);
  }

  async function observed(libproc: boolean): Promise<Snapshot['lock']> {
    const env = { IBKR_LOCK_FILE_PATH: world.scene.path('connect.lock') };
    const run = await world.sexton(['status', '--json', '--port', '4002'], { libproc, env });
    expect(run.stderr).toBe('');
    return (JSON.parse(run.stdout) as Snapshot).lock;
  }

  it('is held by whom lsof names, and free as soon as it was given back, although the file is still open', async () => {
    const path = join(world.scene.folder, 'connect.lock');
    holder = spawn(pythonExecutable(), ['-c', HOLDER, path], { stdio: ['pipe', 'pipe', 'inherit'] });
    await said(holder, 'locked');
    expect(await observed(true)).toMatchObject({ kind: 'held', holder: { pid: holder.pid } });
    holder.stdin?.write('\n');
    await said(holder, 'unlocked');
    world.mac.forgetCalls();
    expect(await observed(true)).toMatchObject({ kind: 'free', holder: null });
    expect(world.mac.calls().filter(({ args }) => args.includes('-X'))).toEqual([]);
  });
});
