import { sparePort } from './ports.ts';
import type { Ending, Puppet } from './puppet.ts';
import type { Costume, Scene } from './scene.ts';

/**
 * `answer`: a healthy handshake, in steps: the version, then accounts and first id in segments of their own. `hang`: accepts, never
 * reads, never answers (jammed). `silent`: reads, never answers. `drop`: reads the greeting and closes. `version`: sends the version and
 * nothing more. `client-id-in-use`: sends the version, then error 326, and closes 0.5 s later. `close`: closes after the handshake.
 */
export type GatewayMode = 'answer' | 'hang' | 'silent' | 'drop' | 'version' | 'client-id-in-use' | 'close';

export interface GatewayOptions extends Costume {
  /** Where it listens; one spare port when absent. */
  ports?: readonly number[];
  /** 127.0.0.1 when absent. `::1` is IPv6 alone, `::ffff:127.0.0.1` is IPv4 in an IPv6 socket, as Java has it; `::` is dual-stack on every address. */
  host?: string;
  mode?: GatewayMode;
  /** Keeps its ends open when clients leave: gateway-side zombies. */
  refusesToClose?: boolean;
  /** How long each step of the handshake takes; none when absent. */
  stepMs?: number;
  /** False: the kernel completes connections into the backlog and they stay there. */
  accepting?: boolean;
  /** Length of the backlog; 128 when absent. */
  backlog?: number;
  sigterm?: 'die' | 'ignore' | { exitAfterMs: number };
}

/** The appearance of an IB Gateway that IBC started: the bundled `java`, the main class, user and password as arguments. */
export const IBC_COSTUME: Costume = {
  program: 'Applications/IB Gateway 10.45/.install4j/jre.bundle/Contents/Home/bin/java',
  script: 'ibc/ibcalpha.ibc.IbcGateway',
  bareScript: true,
  interpreterArgs: ['-Xmx768m'],
  args: ['/home/edemo/ibc/config.ini', 'edemouser', 'secretpass', 'paper'],
};

/** A pretend Gateway. */
export interface Gateway {
  readonly pid: number;
  /** The first of its ports. */
  readonly port: number;
  readonly ports: number[];
  readonly puppet: Puppet;
  readonly scene: Scene;
  readonly options: GatewayOptions;
  /** How it treats connections accepted from now on. */
  readonly mode: GatewayMode;
  setMode(mode: GatewayMode): Promise<void>;
  refuseToClose(yes?: boolean): Promise<void>;
  /** Closes connections (all, or those from these client ports); the bots are left with client-side CLOSE_WAITs. */
  closeClients(ports?: readonly number[], how?: { reset?: boolean }): Promise<number>;
  /** Closes connections that clients left, as no real Gateway does. */
  closeLeft(): Promise<number>;
  stopAccepting(): Promise<void>;
  startAccepting(): Promise<void>;
  /** Stops listening while the process and its connections stay; `listen` listens again on the same ports. */
  unlisten(): Promise<void>;
  listen(): Promise<void>;
  /** Connections accepted so far, still held, and held although the client has left. */
  count(): Promise<{ accepted: number; open: number; left: number }>;
  /** The largest number of handshakes that were under way at the same time. */
  handshakesAtOnce(): Promise<number>;
  /** Forks a child that inherits the listeners, the accepted sockets or nothing. Returns its pid. */
  fork(inherit: 'listener' | 'clients' | 'nothing', child?: { script?: string; sigterm?: 'ignore' }): Promise<number>;
  /** Opens a session, like the Gateway's own to IBKR. Returns its local port. */
  dial(host: string, port: number): Promise<number>;
  /** Ends by SIGKILL. */
  vanish(): Promise<Ending>;
  /** A new process on the same ports with the same options; ends the old one first if it still runs. */
  comeBack(changes?: Partial<GatewayOptions>): Promise<Gateway>;
}

/** Starts a pretend Gateway and waits until it listens. */
export async function startGateway(scene: Scene, options: GatewayOptions = {}): Promise<Gateway> {
  const {
    ports = [await sparePort()],
    host,
    mode = 'answer',
    refusesToClose,
    stepMs,
    accepting,
    backlog,
    sigterm,
    ...costume
  } = options;
  const settings = { ports, host, mode, refusesToClose, stepMs, accepting, backlog, sigterm };
  const puppet = await scene.start('gateway', costume, settings);
  const bound = (await puppet.heard('ready')).ports as number[];
  let current = mode;
  return {
    pid: puppet.pid,
    port: bound[0] ?? 0,
    ports: bound,
    puppet,
    scene,
    options,
    get mode() {
      return current;
    },
    setMode: async (next) => {
      await puppet.command('mode', { mode: next });
      current = next;
    },
    refuseToClose: async (yes = true) => void (await puppet.command('refuse_to_close', { yes })),
    closeClients: (clientPorts, how = {}) =>
      puppet.command<number>('close_clients', { ...how, ...(clientPorts && { ports: clientPorts }) }),
    closeLeft: () => puppet.command<number>('close_left'),
    stopAccepting: async () => void (await puppet.command('accept', { yes: false })),
    startAccepting: async () => void (await puppet.command('accept', { yes: true })),
    unlisten: async () => void (await puppet.command('unlisten')),
    listen: async () => void (await puppet.command('listen')),
    count: () => puppet.command('count'),
    handshakesAtOnce: () => puppet.command('handshakes_at_once'),
    fork: (inherit, { script, sigterm: deaf } = {}) =>
      puppet.command<number>('fork', {
        inherit,
        ...(script && { script: scene.script('bot', script) }),
        ...(deaf && { sigterm: deaf }),
      }),
    dial: (remoteHost, port) => puppet.command<number>('dial', { host: remoteHost, port }),
    vanish: () => puppet.kill('SIGKILL'),
    comeBack: async (changes = {}) => {
      await puppet.kill('SIGKILL');
      return startGateway(scene, { ...options, ports: bound, ...changes });
    },
  };
}
