import type { Networks, Platform, ProcessRecord, TcpRow } from '../../platform/types.ts';
import type { Attribution } from '../attribution.ts';
import { isForwarder, mayServeApi } from '../process/programs.ts';
import { isLoopback } from '../sides.ts';
import { type Route, routeOf } from './routes.ts';

/** How many forwarders in a row are followed. */
const MAX_HOPS = 4;
/** Up to this many processes of a network have their descriptors read to find who listens there. */
const MAX_MEMBERS = 512;

/** Where a forwarded port's Gateway was found: a port in a network of this machine. */
export interface Lead {
  network: number;
  /** Pid of a process in that network, through which it is read. */
  through: number;
  port: number;
  gateway: ProcessRecord;
}

/** The network and port where a forwarder's connections arrive. */
interface Place {
  network: number;
  through: number;
  port: number;
}

/** Follows forwarders to their Gateways in the networks of this machine. Anything uncertain is `null`. */
export class ForwardedGateways {
  readonly #platform: Pick<Platform, 'readHeldSockets'>;
  readonly #networks: Networks;
  readonly #processes: Attribution['processes'];
  readonly #members: ReadonlyMap<number, readonly number[]>;

  constructor(platform: Pick<Platform, 'readHeldSockets'>, networks: Networks, processes: Attribution['processes']) {
    this.#platform = platform;
    this.#networks = networks;
    this.#processes = processes;
    const living = [...processes.values()].filter(({ corpse }) => !corpse);
    this.#members = networks.group(living.map(({ pid }) => pid));
  }

  /** Where these forwarders of one port lead; `null` unless they all lead to the same place. */
  find(forwarders: readonly ProcessRecord[]): Promise<Lead | null> {
    return this.#agreed(forwarders, MAX_HOPS);
  }

  /** socat forks for each connection, and Docker runs one proxy for IPv4 and one for IPv6: those are the same route. */
  async #agreed(forwarders: readonly ProcessRecord[], hops: number): Promise<Lead | null> {
    const ways = new Map(forwarders.map((one) => [JSON.stringify(routeOf(one).to), one]));
    const leads = await Promise.all([...ways.values()].map((one) => this.#follow(one, hops)));
    const [first] = leads;
    if (!first) return null;
    return leads.every((lead) => lead?.network === first.network && lead.port === first.port) ? first : null;
  }

  async #follow(forwarder: ProcessRecord, hops: number): Promise<Lead | null> {
    const { to } = routeOf(forwarder);
    const from = this.#networks.networkOf(forwarder.pid);
    if (to === null || from === null || hops === 0) return null;
    const places = await this.#placesOf(to, { network: from, through: forwarder.pid });
    const leads = await Promise.all(places.map((place) => this.#at(place, hops)));
    const found = leads.filter((lead) => lead !== 'nobody');
    return found.length === 1 ? (found[0] ?? null) : null;
  }

  /** The networks that have the target's address; a loopback address means the forwarder's own network. */
  async #placesOf(to: NonNullable<Route['to']>, from: Omit<Place, 'port'>): Promise<Place[]> {
    if (isLoopback(to.host)) return [{ ...from, port: to.port }];
    const networks = [...this.#members].flatMap(([network, [through]]) =>
      through === undefined ? [] : [{ network, through, port: to.port }],
    );
    const owned = await Promise.all(
      networks.map(async (place) => (await this.#networks.addresses(place.through)).has(to.host)),
    );
    return networks.filter((_, at) => owned[at]);
  }

  /** What is at this place: a Gateway, a forwarder that leads on, no listener, or something unknown (`null`). */
  async #at({ network, through, port }: Place, hops: number): Promise<Lead | 'nobody' | null> {
    const rows = await this.#networks.read(through, network);
    if (!rows.ok) return null;
    const listeners = rows.value.filter(({ state, local }) => state === 'LISTEN' && local.port === port);
    if (listeners.length === 0) return 'nobody';
    const members = (this.#members.get(network) ?? []).flatMap((pid) => this.#processes.get(pid) ?? []);
    const claimed = members.filter((process) => isForwarder(process) && routeOf(process).listens === port);
    if (claimed.length > 0) return this.#agreed(claimed, hops - 1);
    const holders = await this.#holdersOf(listeners, members);
    if (holders.length > 0) {
      const [first] = holders;
      if (first === undefined || holders.some(isForwarder)) return null;
      return { network, through: first.pid, port, gateway: holders.find(mayServeApi) ?? first };
    }
    // Another user's descriptors cannot be read, so the network's only Gateway is taken to be the listener.
    const gateways = members.filter(mayServeApi);
    const [only] = gateways;
    const unclear = members.some((process) => isForwarder(process) && routeOf(process).listens === null);
    if (only === undefined || gateways.length > 1 || unclear) return null;
    return { network, through: only.pid, port, gateway: only };
  }

  async #holdersOf(listeners: readonly TcpRow[], members: readonly ProcessRecord[]): Promise<ProcessRecord[]> {
    const inodes = listeners.flatMap(({ inode }) => inode ?? []);
    const found: ProcessRecord[] = [];
    // Gateways first: if one of them listens, the others need not be checked.
    const inOrder = [...members].sort((one, other) => Number(mayServeApi(other)) - Number(mayServeApi(one)));
    for (const process of inOrder.slice(0, MAX_MEMBERS)) {
      const held = await this.#platform.readHeldSockets(process.pid);
      if (!inodes.some((inode) => held.inodes.has(inode))) continue;
      found.push(process);
      if (mayServeApi(process)) break;
    }
    return found;
  }
}
