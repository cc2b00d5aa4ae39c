import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { Engine } from '../../electron/engine/api.ts';
import { assemble } from '../../electron/engine/assemble.ts';
import { ALWAYS_PROTECTED_PORTS } from '../../electron/engine/clean/evidence.ts';
import { systemClock } from '../../electron/engine/clock.ts';
import { Watcher } from '../../electron/engine/core/watcher.ts';
import { createPlatform } from '../../electron/engine/platform/index.ts';
import type { Platform } from '../../electron/engine/platform/types.ts';
import { DEFAULT_SETTINGS, SETTLE_MS } from '../../shared/settings/settings.ts';
import { type Bot, clientZombies, type Gateway, openScene, type Scene, startBot } from '../support/simulator/index.ts';

/** A scene for measuring, with its own folder for everything that an engine keeps. */
export interface Stage {
  scene: Scene;
  home: string;
  close(): Promise<void>;
}

/** Opens a stage; engines made from now on keep their files in its home. */
export async function openStage(): Promise<Stage> {
  const home = mkdtempSync(join(tmpdir(), 'sexton-bench-'));
  process.env.SEXTON_HOME = home;
  process.env.IBKR_LOCK_FILE_PATH = join(home, 'connect.lock');
  const scene = await openScene();
  return {
    scene,
    home,
    close: async () => {
      await scene.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** The app's engine on this machine, as `main` makes it, for these ports. */
export async function appEngine(ports: readonly number[]): Promise<Engine> {
  const assembled = await assemble({ program: 'app', version: 'bench', ports });
  if (!assembled.ok) throw new Error(assembled.error.hint);
  return assembled.value.engine;
}

/** The system as the engine sees it. */
export function systemPlatform(): Platform {
  const platform = createPlatform();
  if (!platform.ok) throw new Error(platform.error.hint);
  return platform.value;
}

/** The engine's watcher alone, in the state of a running app. */
export function watcherFor(ports: readonly number[], platform = systemPlatform()): Watcher {
  const settings = { ...DEFAULT_SETTINGS, ports: ports.map((port) => ({ port, label: 'measured' })) };
  return new Watcher({ platform, clock: systemClock, settings: () => settings, ports: null, counting: 'settled' });
}

/** The ports that a full scan asks `lsof` for. */
export function scannedPorts(gateway: Gateway): number[] {
  return [...new Set([...gateway.ports, ...DEFAULT_SETTINGS.ports.map(({ port }) => port), ...ALWAYS_PROTECTED_PORTS])];
}

/** Bots with this many client-side zombies each; they count as settled once `settle` has passed. */
export async function botsWithZombies(gateway: Gateway, zombies: readonly number[]): Promise<Bot[]> {
  const bots: Bot[] = [];
  for (const count of zombies) {
    const bot = await startBot(gateway.scene, { gateway });
    await clientZombies(gateway, bot, count);
    bots.push(bot);
  }
  return bots;
}

/** Waits until the zombies made so far count in a running app, and in its last scan. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, SETTLE_MS + 1_000));
}
