import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { GatewayAddress } from './sides.ts';

/** How long resolved names and interface addresses are believed before they are read again. */
const FRESH_MS = 300_000;

/**
 * Knows this host's own addresses and those of the configured Gateway hosts. Names are resolved in the background, never while
 * a look waits: until a name is known, sockets towards it are not counted.
 */
export class GatewayHosts {
  #hosts: readonly string[];
  readonly #now: () => number;
  #resolved = new Set<string>();
  #own = new Set<string>();
  #readAt = Number.NEGATIVE_INFINITY;

  /** @param now monotonic milliseconds */
  constructor(hosts: readonly string[], now: () => number) {
    this.#hosts = hosts;
    this.#now = now;
  }

  /** Follows a change of the settings. */
  setHosts(hosts: readonly string[]): void {
    this.#hosts = hosts;
    this.#readAt = Number.NEGATIVE_INFINITY;
  }

  /** The test for this look. */
  current(): GatewayAddress {
    if (this.#now() - this.#readAt > FRESH_MS) this.#refresh();
    return (address) => this.#own.has(address) || this.#resolved.has(address);
  }

  #refresh(): void {
    this.#readAt = this.#now();
    this.#own = new Set(
      Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address)),
    );
    const names = this.#hosts.filter((host) => host !== 'localhost');
    this.#resolved = new Set(names.filter((host) => isIP(host) !== 0));
    for (const name of names.filter((host) => isIP(host) === 0)) {
      lookup(name, { all: true }).then(
        (found) => {
          for (const { address } of found) this.#resolved.add(address);
        },
        () => {
          // A name that does not resolve today is tried again at the next refresh.
        },
      );
    }
  }
}
