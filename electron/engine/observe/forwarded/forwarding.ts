import { isSameProcess, processText } from '../../platform/process/identity.ts';
import type { Platform, ProcessRecord, TcpRow } from '../../platform/types.ts';
import type { Attribution } from '../attribution.ts';
import { isForwarder } from '../process/programs.ts';
import { ForwardedGateways, type Lead } from './gateways.ts';
import { routeOf } from './routes.ts';

/**
 * How soon the search for a Gateway behind a forwarder is repeated: its container may be starting. The wait doubles
 * with each failure, up to the second value.
 */
const RETRY_MS = 5_000;
const RETRY_AT_LEAST_EVERY_MS = 60_000;

/** A watched port with a forwarder, and where it leads. */
export interface ForwardedPort {
  forwarder: ProcessRecord;
  /** `null` when the Gateway behind it cannot be found on this machine. */
  lead: Lead | null;
}

/** The forwarders that listen on watched ports, by port. */
function findForwarders(
  ports: readonly number[],
  rows: readonly TcpRow[],
  { processes, holdings }: Pick<Attribution, 'processes' | 'holdings'>,
): Map<number, ProcessRecord[]> {
  const found = new Map<number, ProcessRecord[]>();
  for (const port of ports) {
    if (!rows.some(({ state, local }) => state === 'LISTEN' && local.port === port)) continue;
    const pids = new Set(
      holdings.filter((one) => one.state === 'LISTEN' && one.local.port === port).map(({ pid }) => pid),
    );
    // Docker's proxy runs as root: other users cannot see its sockets, but they can see its arguments.
    const listeners = pids.size > 0 ? [...pids].flatMap((pid) => processes.get(pid) ?? []) : claimants(port, processes);
    const forwarders = listeners.filter(isForwarder);
    if (forwarders.length > 0 && forwarders.length === listeners.length) found.set(port, forwarders);
  }
  return found;
}

function claimants(port: number, processes: Attribution['processes']): ProcessRecord[] {
  return [...processes.values()].filter(
    (process) => !process.corpse && isForwarder(process) && routeOf(process).listens === port,
  );
}

interface Followed {
  forwarders: string;
  port: ForwardedPort;
  /** Monotonic time of the next search, and how long that wait was. */
  dueAt: number;
  waitMs: number;
}

/**
 * Remembers which watched ports are forwarded and where their Gateways are, and searches again only when that may have
 * changed.
 */
export class Forwarding {
  readonly #platform: Pick<Platform, 'networks' | 'readHeldSockets'>;
  readonly #now: () => number;
  #followed = new Map<number, Followed>();

  /** @param now monotonic milliseconds */
  constructor(platform: Pick<Platform, 'networks' | 'readHeldSockets'>, now: () => number) {
    this.#platform = platform;
    this.#now = now;
  }

  /** The forwarded ports as last read. */
  ports(): ReadonlyMap<number, ForwardedPort> {
    return new Map([...this.#followed].map(([port, followed]) => [port, followed.port]));
  }

  /** Is it time to search again for a Gateway that was not found? */
  isDue(): boolean {
    const { networks } = this.#platform;
    if (networks === undefined) return false;
    return [...this.#followed.values()].some(({ port, dueAt }) => port.lead === null && this.#now() >= dueAt);
  }

  /** Forgets where a port's Gateway was, because it is gone. */
  lose(port: number): void {
    const followed = this.#followed.get(port);
    if (!followed?.port.lead) return;
    const lost = { ...followed.port, lead: null };
    this.#followed.set(port, { ...followed, port: lost, dueAt: this.#now(), waitMs: 0 });
  }

  /** Updates the routes from a fresh reading of the owners. True when anything changed. */
  async follow(ports: readonly number[], rows: readonly TcpRow[], owners: Attribution): Promise<boolean> {
    const { networks } = this.#platform;
    const before = this.#followed;
    const now = new Map<number, Followed>();
    let gateways: ForwardedGateways | null = null;
    for (const [port, processes] of findForwarders(ports, rows, owners)) {
      const [forwarder] = processes;
      if (forwarder === undefined) continue;
      const forwarders = processes.map(processText).sort().join();
      const known = before.get(port);
      if (known?.forwarders === forwarders && (this.#isFresh(known, owners) || networks === undefined)) {
        now.set(port, known);
        continue;
      }
      if (networks !== undefined) gateways ??= new ForwardedGateways(this.#platform, networks, owners.processes);
      const lead = (await gateways?.find(processes)) ?? null;
      const waited = known?.forwarders === forwarders && known.port.lead === null ? known.waitMs : 0;
      const waitMs = Math.min(Math.max(RETRY_MS, waited * 2), RETRY_AT_LEAST_EVERY_MS);
      now.set(port, { forwarders, port: { forwarder, lead }, dueAt: this.#now() + waitMs, waitMs });
    }
    this.#followed = now;
    return textOf(before) !== textOf(now);
  }

  #isFresh({ port: { lead }, dueAt }: Followed, { processes }: Attribution): boolean {
    if (lead === null) return this.#now() < dueAt;
    const gateway = processes.get(lead.through);
    const same = gateway !== undefined && isSameProcess(gateway, lead.gateway);
    return same && this.#platform.networks?.networkOf(lead.through) === lead.network;
  }
}

function textOf(followed: ReadonlyMap<number, Followed>): string {
  const words = ([port, { forwarders, port: forwarded }]: [number, Followed]) => {
    const { lead } = forwarded;
    return `${port} ${forwarders} ${lead?.network} ${lead?.port} ${lead?.through}`;
  };
  return [...followed].map(words).sort().join('\n');
}
