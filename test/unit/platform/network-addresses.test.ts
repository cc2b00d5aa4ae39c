import { describe, expect, it } from 'vitest';
import { parseFibTrie, parseIfInet6 } from '../../../electron/engine/platform/linux/network-addresses.ts';

const FIB_TRIE = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 172.17.0.0/16 2 0 2
        +-- 172.17.0.0/30 2 0 2
           |-- 172.17.0.0
              /16 link UNICAST
           |-- 172.17.0.2
              /32 host LOCAL
        |-- 172.17.255.255
           /32 link BROADCAST
Local:
  +-- 127.0.0.0/8 2 0 2
     +-- 127.0.0.0/31 1 0 0
        |-- 127.0.0.0
           /8 host LOCAL
        |-- 127.0.0.1
           /32 host LOCAL
     |-- 127.255.255.255
        /32 link BROADCAST
`;

describe('the addresses of a network', () => {
  it('are its own, not its routes and broadcasts', () => {
    expect(parseFibTrie(FIB_TRIE)).toEqual(['172.17.0.2', '127.0.0.1']);
    expect(parseFibTrie('')).toEqual([]);
  });

  it('of IPv6 are in normal form', () => {
    const text = `00000000000000000000000000000001 01 80 10 80       lo
fd000000000000000000000000000002 02 40 00 80     eth0
not an address
`;
    expect(parseIfInet6(text)).toEqual(['::1', 'fd00::2']);
  });
});
