import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Problem } from '../../../../shared/snapshot.ts';
import type { GatewayAddress } from '../sides.ts';

/** How long resolved names and interface addresses are used before they are read again. */
const FRESH_MS = 300_000;
/** How soon a failed name lookup is repeated. */
const RETRY_MS = 15_000;
/** How long the first scan waits for the names: without them it could not count connections to those hosts. */
const FIRST_WAIT_MS = 1_000;

/** Resolves a name to addresses; rejects when there are none. */
export type Resolve = (name: string) => Promise<readonly string[]>;

/** What a scan needs to know about Gateway hosts. */
export interface KnownHosts {
  isGateway: GatewayAddress;
  /** Names that did not resolve: sockets to them cannot be counted. */
  problems: Problem[];
}

/**
 * Knows this host's own addresses and those of the configured Gateway hosts. Names are resolved in the background, and
 * the last answer is used until there is a new one; only a scan without any answer waits, for at most 1 s.
 */
export class GatewayHosts {
  #hosts: readonly string[] = [];
  readonly #now: () => number;
  readonly #resolve: Resolve;
  /** The last answer for each name; `null` before the first. */
  #names = new Map<string, ReadonlySet<string> | null>();
  #addresses: ReadonlySet<string> = new Set();
  #own: ReadonlySet<string> = new Set();
  #refreshAt = Number.NEGATIVE_INFINITY;
  #resolving: Promise<unknown> = Promise.resolve();

  /** @param now monotonic milliseconds */
  constructor(hosts: readonly string[], now: () => number, resolve: Resolve = resolveName) {
    this.#now = now;
    this.#resolve = resolve;
    this.setHosts(hosts);
  }

  /** Applies changed settings; answers for unchanged names are kept. */
  setHosts(hosts: readonly string[]): void {
    this.#hosts = hosts.filter((host) => host.toLowerCase() !== 'localhost');
    this.#addresses = new Set(this.#hosts.filter((host) => isIP(host) !== 0).map((host) => host.toLowerCase()));
    const names = this.#hosts.filter((host) => isIP(host) === 0);
    this.#names = new Map(names.map((name) => [name, this.#names.get(name) ?? null]));
    this.#refreshAt = Number.NEGATIVE_INFINITY;
  }

  /** What is known for this scan. */
  async current(): Promise<KnownHosts> {
    if (this.#now() >= this.#refreshAt) {
      this.#refresh();
      if (this.#unknown().length > 0) await atMost(this.#resolving, FIRST_WAIT_MS);
    }
    const [own, addresses, names] = [this.#own, this.#addresses, [...this.#names.values()]];
    return {
      isGateway: (address) =>
        own.has(address) || addresses.has(address) || names.some((known) => known?.has(address) === true),
      problems: this.#unknown().map(unresolved),
    };
  }

  #unknown(): string[] {
    return [...this.#names].filter(([, known]) => known === null).map(([name]) => name);
  }

  #refresh(): void {
    this.#refreshAt = this.#now() + FRESH_MS;
    this.#own = new Set(
      Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address)),
    );
    this.#resolving = Promise.all([...this.#names.keys()].map((name) => this.#ask(name)));
  }

  async #ask(name: string): Promise<void> {
    try {
      const found = await this.#resolve(name);
      // The name may have been removed from the settings meanwhile.
      if (this.#names.has(name)) this.#names.set(name, new Set(found.map((address) => address.toLowerCase())));
    } catch {
      this.#refreshAt = Math.min(this.#refreshAt, this.#now() + RETRY_MS);
    }
  }
}

async function resolveName(name: string): Promise<string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address);
}

/** Waits for a promise up to a limit; its timer does not keep the process alive. */
function atMost(work: Promise<unknown>, limitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, limitMs);
    void work.finally(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function unresolved(name: string): Problem {
  const hint = `The Gateway host "${name}" cannot be found, so what points at it is not counted: check the name and the network.`;
  return { code: 'tool-failed', tool: 'gatewayHosts', hint };
}
