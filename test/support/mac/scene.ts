import { runSexton, type SextonOptions, type SextonRun } from '../sexton.ts';
import { openScene, type Scene } from '../simulator/index.ts';
import { asMac, type Mac, type MacSettings } from './as-mac.ts';
import { underLibproc } from './libproc/preload-options.ts';

/** A scene with the real ports to itself, on a pretend Mac. */
export interface MacScene {
  readonly scene: Scene;
  readonly mac: Mac;
  /** Runs the built command as on that Mac; with `libproc` it finds the double in the place of koffi. */
  sexton(args: readonly string[], options?: SextonOptions & { libproc?: boolean }): Promise<SextonRun>;
  close(): Promise<void>;
}

/** Opens one. Close it when the test ends. */
export async function openMacScene(settings: MacSettings = {}): Promise<MacScene> {
  const scene = await openScene({ network: 'private' });
  const { mac } = asMac([], settings);
  const network = {
    ...scene.network,
    wrap: (command: readonly string[], uid?: number) => scene.network.wrap(mac.wrap(command), uid),
  };
  return {
    scene,
    mac,
    sexton: (args, { libproc = false, env = {}, ...options } = {}) => {
      const double = libproc ? underLibproc() : null;
      const nodeOptions = [mac.env.NODE_OPTIONS, ...(double?.nodeArgs ?? [])].join(' ');
      const all = { ...mac.env, ...double?.env, NODE_OPTIONS: nodeOptions, ...env };
      return runSexton(args, { built: true, network, ...options, env: all });
    },
    close: async () => {
      await scene.close();
      mac.close();
    },
  };
}
