import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Snapshot } from '../../shared/snapshot.ts';
import { makeHome, type SextonHome } from '../support/guard/home.ts';
import { startSexton } from '../support/sexton.ts';
import {
  hasPython,
  liveSession,
  NO_PYTHON,
  openScene,
  type Scene,
  startBot,
  startGateway,
} from '../support/simulator/index.ts';
import { until } from '../support/until.ts';
import { killNow, run } from './stage.ts';

const why = hasPython ? null : NO_PYTHON;
const isLinux = process.platform === 'linux';

/** Lines of the kernel's lock table about the file; those that wait have an arrow. */
function kernelLocks(path: string): { held: number; waiting: number } {
  const inode = `:${statSync(path).ino} `;
  const lines = readFileSync('/proc/locks', 'utf8')
    .split('\n')
    .filter((line) => line.includes(inode));
  const waiting = lines.filter((line) => line.includes('->')).length;
  return { held: lines.length - waiting, waiting };
}

describe.skipIf(why !== null)(`Sexton, killed with SIGKILL${why ? ` (skipped: ${why})` : ''}`, () => {
  let scene: Scene;
  let home: SextonHome;
  beforeEach(async () => {
    scene = await openScene();
  });
  afterEach(async () => {
    await scene.close();
    home.remove();
  });

  it.skipIf(!isLinux)(
    'while it waits for the lock leaves no helper in the queue, and the next bot gets it',
    async () => {
      home = makeHome();
      const path = home.lockPath;
      writeFileSync(path, '');
      const holder = await startBot(scene);
      await holder.lock(path);
      const env = { IBKR_LOCK_FILE_PATH: path };
      const waiter = startSexton(['lock', 'run', '--timeout', '30', '--', 'true'], {
        built: true,
        home: home.folder,
        env,
      });
      await until(() => kernelLocks(path).waiting === 1, { what: 'somebody who waits' });
      await killNow(waiter);
      await until(() => kernelLocks(path).waiting === 0, { what: 'an empty queue' });
      expect(kernelLocks(path).held).toBe(1);
      await holder.unlock(path);
      const next = await startBot(scene);
      await next.lock(path, 10_000);
    },
  );

  it.skipIf(!isLinux)('while it holds the lock releases it, and the command it started keeps running', async () => {
    home = makeHome();
    const path = home.lockPath;
    const env = { IBKR_LOCK_FILE_PATH: path };
    const command = ['sh', '-c', 'echo started; read line; echo over'];
    const holder = startSexton(['lock', 'run', '--', ...command], { built: true, home: home.folder, env });
    await holder.printed(/started/);
    const next = await startBot(scene);
    await expect(next.lock(path, 200)).rejects.toThrow();
    holder.signal('SIGKILL');
    await next.lock(path, 10_000);
    // Nobody has told the command to go on: it lives, and the lock is free all the same.
    holder.write('go on\n');
    await holder.printed(/over/);
    await holder.ended;
  });

  it('in a step of the guide leaves the guide at that step and with its start time for the next command and the app', async () => {
    const gateway = await startGateway(scene);
    home = makeHome({ ports: [{ port: gateway.port, label: 'test' }] });
    const bot = await startBot(scene, { gateway });
    await liveSession(gateway, bot);
    const seen: (string | undefined)[] = [];

    const killedInStep = async (step: number) => {
      const guide = startSexton(['restart'], { built: true, home: home.folder });
      await guide.printed(new RegExp(`${step}`));
      const look = async () => {
        const { stdout } = await run(['status', '--json'], { home: home.folder });
        return (JSON.parse(stdout) as Snapshot).restart;
      };
      await until(async () => (await look())?.step === step, { what: `step ${step}`, everyMs: 200 });
      await killNow(guide);
      const after = await look();
      expect(after?.step).toBe(step);
      seen.push(after?.startedAt);
    };

    await killedInStep(1);
    await bot.exit();
    await killedInStep(2);
    await gateway.vanish();
    await killedInStep(3);
    expect(new Set(seen).size).toBe(1);
  });
});
