import { normaliseAddress } from '../sockets/addresses.ts';
import { readableIpv6 } from './sockets/proc-net-parse.ts';

/** A leaf of the trie, which may be an address of the machine itself. */
const LEAF = /\|-- (\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})$/;
const OWN = /^\/32 host LOCAL$/;

/** A network's own IPv4 addresses, from its `/proc/PID/net/fib_trie`. */
export function parseFibTrie(text: string): string[] {
  const found = new Set<string>();
  let leaf: string | null = null;
  for (const line of text.split('\n')) {
    const address = LEAF.exec(line.trimEnd())?.[1];
    if (address !== undefined) leaf = address;
    else if (leaf !== null && OWN.test(line.trim())) found.add(leaf);
  }
  return [...found];
}

/** A network's own IPv6 addresses, from its `/proc/PID/net/if_inet6`. */
export function parseIfInet6(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const hex = /^([\da-f]{32}) /.exec(line)?.[1];
    return hex === undefined ? [] : [normaliseAddress(readableIpv6(hex))];
  });
}
