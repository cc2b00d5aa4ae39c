import {
  type Bot,
  type Gateway,
  openScene,
  type Scene,
  sparePorts,
  startBot,
  startGateway,
} from '../support/simulator/index.ts';

const BOTS = 5;

/** A small generator of numbers in [0, 1) that gives the same life for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The life of a few bots on two Gateways: a step is what happens in about a minute of a bad day. */
export class Life {
  readonly scene: Scene;
  readonly ports: number[];
  /** Connections that the bots have opened to each Gateway since that started, by port. */
  readonly opened = new Map<number, number>();
  #gateways: Gateway[] = [];
  #bots: Bot[] = [];
  #born = 0;
  readonly #random: () => number;

  private constructor(scene: Scene, ports: number[], seed: number) {
    this.scene = scene;
    this.ports = ports;
    this.#random = generator(seed);
  }

  static async begin(seed: number): Promise<Life> {
    const life = new Life(await openScene(), await sparePorts(2), seed);
    for (const port of life.ports) {
      life.#gateways.push(await startGateway(life.scene, { ports: [port] }));
      life.opened.set(port, 0);
    }
    for (let index = 0; index < BOTS; index += 1) life.#bots.push(await life.#bear());
    return life;
  }

  get gateways(): readonly Gateway[] {
    return this.#gateways;
  }

  get bots(): readonly Bot[] {
    return this.#bots;
  }

  /** Does the next step and returns its description. */
  async step(): Promise<string> {
    const deeds: [number, string, () => Promise<unknown>][] = [
      [6, 'a bot connects', () => this.#connect()],
      [2, 'a bot leaves properly', () => this.#bot().disconnect()],
      [3, 'a bot crashes and starts again', () => this.#replace((bot) => bot.crash())],
      [1, 'a bot exits and starts again', () => this.#replace((bot) => bot.exit())],
      [3, 'a Gateway closes its clients', () => this.#gateway().closeClients()],
      [2, 'a Gateway stops closing', () => this.#gateway().refuseToClose(true)],
      [2, 'a Gateway closes again', () => this.#gateway().refuseToClose(false)],
      [1, 'a Gateway lets go of what it held', () => this.#gateway().closeLeft()],
      [1, 'a Gateway restarts', () => this.#restart()],
      [1, 'a bot leaks its sockets to a child', () => this.#leak()],
      [1, 'a bot starts a worker', () => this.#worker()],
    ];
    const all = deeds.reduce((sum, [weight]) => sum + weight, 0);
    let at = this.#random() * all;
    for (const [weight, name, happen] of deeds) {
      at -= weight;
      if (at >= 0) continue;
      await happen();
      return name;
    }
    return 'nothing';
  }

  /** Starts new bots for those that were stopped. */
  async refill(): Promise<void> {
    for (const [index, { puppet }] of this.#bots.entries()) if (!puppet.alive) this.#bots[index] = await this.#bear();
  }

  /** Starts another bot, which the Gateway leaves with just a zombie. */
  async forsaken(): Promise<Bot> {
    const gateway = this.#gateway();
    const bot = await this.#bear();
    const [session] = await bot.connect({ port: gateway.port });
    this.#count(gateway.port, 1);
    await gateway.closeClients([session?.port ?? 0]);
    return bot;
  }

  #pick<One>(from: readonly One[]): One {
    const one = from[Math.floor(this.#random() * from.length)];
    if (one === undefined) throw new Error('nobody to pick');
    return one;
  }

  #bot(): Bot {
    return this.#pick(this.#bots);
  }

  #gateway(): Gateway {
    return this.#pick(this.#gateways);
  }

  #bear(): Promise<Bot> {
    this.#born += 1;
    return startBot(this.scene, { script: `life-${this.#born}/runner_async.py` });
  }

  #count(port: number, more: number): void {
    this.opened.set(port, (this.opened.get(port) ?? 0) + more);
  }

  async #connect(): Promise<void> {
    const { port } = this.#gateway();
    const sessions = await this.#bot().connect({ port, count: 1 + Math.floor(this.#random() * 3) });
    this.#count(port, sessions.length);
  }

  async #worker(): Promise<void> {
    const { port } = this.#gateway();
    const { sessions } = await this.#bot().worker({ port });
    this.#count(port, sessions.length);
  }

  async #leak(): Promise<void> {
    await this.#bot().leak();
  }

  async #replace(end: (bot: Bot) => Promise<unknown>): Promise<void> {
    await end(this.#bot());
    await this.refill();
  }

  async #restart(): Promise<void> {
    const old = this.#gateway();
    this.#gateways = await Promise.all(this.#gateways.map((one) => (one === old ? one.comeBack() : one)));
    this.opened.set(old.port, 0);
  }
}
