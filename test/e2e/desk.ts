import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect } from 'vitest';
import type { BridgeClient } from '../../shared/bridge/bridge.ts';
import type { Settings } from '../../shared/settings/settings.ts';
import { type Gateway, openScene, type Scene, startGateway } from '../support/simulator/index.ts';
import { until } from '../support/until.ts';
import type { AppHost } from './host.ts';
import { launch } from './hosts.ts';

/** Everything that a spec needs: a scene, a folder for the app's files, and the app itself. */
export class Desk {
  readonly scene: Scene;
  readonly home: string;
  #host: AppHost | null = null;

  private constructor(scene: Scene) {
    this.scene = scene;
    this.home = mkdtempSync(join(tmpdir(), 'sexton-e2e-'));
  }

  static async open(): Promise<Desk> {
    return new Desk(await openScene());
  }

  /** The running app. */
  get host(): AppHost {
    if (this.#host === null) throw new Error('the app does not run');
    return this.#host;
  }

  /** A pretend Gateway on a spare port. */
  gateway(): Promise<Gateway> {
    return startGateway(this.scene);
  }

  /** Writes the settings file; the defaults are short intervals and a lock away from this machine's own Sexton. */
  settings(settings: Partial<Settings>): void {
    const quick = { intervalMs: 500, lockPath: join(this.home, 'connect.lock') };
    writeFileSync(join(this.home, 'settings.json'), JSON.stringify({ ...quick, ...settings }));
  }

  /** Starts the app, past its welcome unless this is its first run. */
  async start({ firstRun = false, env = {} } = {}): Promise<AppHost> {
    mkdirSync(this.home, { recursive: true });
    if (!firstRun) writeFileSync(join(this.home, 'welcomed'), '');
    this.#host = await launch({ home: this.home, env });
    return this.#host;
  }

  /** Quits the app and starts it again. */
  async restart(): Promise<AppHost> {
    await this.host.quit();
    this.#host = null;
    return this.start();
  }

  /** Waits until the icon shows this level, and returns the whole state. */
  untilLevel(level: string): ReturnType<AppHost['state']> {
    return until(
      async () => {
        const state = await this.host.state();
        return state.tray && levelOf(state.tray.image) === level ? state : undefined;
      },
      { what: `level ${level}` },
    );
  }

  /** Waits until the engine has scanned this many more times, as the open panel sees. */
  async untilLooks(count: number): Promise<void> {
    const panel = await this.host.panel();
    const seen = new Set<string>();
    const lookedAt = () =>
      panel.evaluate(async () => {
        const { sexton } = window as unknown as { sexton: BridgeClient };
        return (await sexton.snapshot.get()).scan.at;
      });
    await until(async () => seen.add(await lookedAt()).size > count, {
      what: `${count} more looks`,
    });
  }

  /** Ends everything; an app that reported a defect fails the spec. */
  async close(): Promise<void> {
    const host = this.#host;
    try {
      await host?.quit();
    } finally {
      await this.scene.close();
      rmSync(this.home, { recursive: true, force: true, maxRetries: 3 });
    }
    expect(host?.stderr() ?? '').toBe('');
  }
}

/** The level that an image of the icon stands for. */
export function levelOf(image: string): string {
  return basename(image).replace(/(Template)?\.png$/, '');
}
