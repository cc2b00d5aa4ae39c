import { spawn, spawnSync } from 'node:child_process';
import { until } from '../until.ts';
import { findSockets } from './kernel.ts';
import type { Costume, Scene } from './scene.ts';

/** A process that forwards a port to a Gateway elsewhere. */
export interface Forwarder {
  readonly pid: number;
}

/** Where a forwarder listens, in its scene's network, and where it leads. */
export interface Route {
  port: number;
  to: { host: string; port: number };
}

/** Why there is no real socat here, as the reason for a skipped test. */
export const noSocat: string | null =
  spawnSync('socat', ['-V'], { timeout: 10_000 }).status === 0 ? null : 'needs socat, which is not installed';

/** Starts the real socat and waits until it listens. */
export async function startSocat(scene: Scene, { port, to }: Route): Promise<Forwarder> {
  const listen = `TCP-LISTEN:${port},fork,reuseaddr`;
  const [file = '', ...args] = scene.network.wrap(['socat', '-t', '300', listen, `TCP:${to.host}:${to.port}`]);
  // In its own process group, because socat forks for each connection.
  const child = spawn(file, args, { detached: true, stdio: 'ignore' });
  scene.adopt(child);
  await until(async () => (await findSockets({ local: port, state: 'LISTEN' }, scene.network)).length > 0, {
    what: `socat on ${port}`,
  });
  return { pid: child.pid ?? 0 };
}

/** Starts a forwarder that looks like Docker's: named `docker-proxy`, with the container's address in its arguments. */
export async function startDockerProxy(scene: Scene, { port, to }: Route, costume: Costume = {}): Promise<Forwarder> {
  const args = ['-proto', 'tcp', '-host-ip', '127.0.0.1', '-host-port', String(port)];
  const target = ['-container-ip', to.host, '-container-port', String(to.port)];
  const looks = { program: 'usr/bin/docker-proxy', args: [...args, ...target], ...costume };
  const puppet = await scene.start('forwarder', looks, {
    host: '127.0.0.1',
    port,
    targetHost: to.host,
    targetPort: to.port,
  });
  return { pid: puppet.pid };
}
