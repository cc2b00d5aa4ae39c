import { untilSockets } from './kernel.ts';
import type { Puppet } from './puppet.ts';
import type { Costume, Scene } from './scene.ts';

export interface PairOptions {
  /** Where the pair's server end listens; a spare port when absent. */
  port?: number;
  /** The client end's port; needs a count of 1. */
  clientPort?: number;
  /** The final state of the client's end. */
  state?: 'established' | 'close-wait' | 'fin-wait-2' | 'time-wait';
  count?: number;
}

/** One process with sockets that must not be counted as zombies. */
export interface Noise {
  readonly pid: number;
  readonly puppet: Puppet;
  /** Opens connections from the process to itself; resolves when the kernel shows their state. */
  pairs(options: PairOptions): Promise<{ port: number; clientPorts: number[] }>;
  /** Opens listeners, on similar ports such as 17497 or 749. */
  listen(port: number): Promise<number>;
  /** Opens about this many sockets, both ends of connections counted. */
  manySockets(count: number): Promise<void>;
}

const STATES = {
  established: 'ESTABLISHED',
  'close-wait': 'CLOSE_WAIT',
  'fin-wait-2': 'FIN_WAIT_2',
  'time-wait': 'TIME_WAIT',
} as const;

/** Starts a process with unrelated sockets. */
export async function startNoise(scene: Scene, costume: Costume = {}): Promise<Noise> {
  const puppet = await scene.start('noise', { script: 'noise.py', ...costume }, {});
  const pairs = async (options: PairOptions) => {
    const opened = await puppet.command<{ port: number; clientPorts: number[] }>('pairs', options);
    const state = STATES[options.state ?? 'established'];
    await untilSockets(
      opened.clientPorts.map((local) => ({ local, remote: opened.port, state })),
      scene.network,
    );
    return opened;
  };
  return {
    pid: puppet.pid,
    puppet,
    pairs,
    listen: (port) => puppet.command('listen', { port }),
    manySockets: async (count) => void (await puppet.command('pairs', { count: Math.ceil(count / 2) })),
  };
}

/** Opens about `count` sockets in one cheap process. */
export async function manySockets(scene: Scene, count: number): Promise<Noise> {
  const noise = await startNoise(scene);
  await noise.manySockets(count);
  return noise;
}
