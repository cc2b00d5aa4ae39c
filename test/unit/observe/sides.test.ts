import { describe, expect, it } from 'vitest';
import { sideOf, watchedPortOf } from '../../../electron/engine/observe/sides.ts';
import { tcpRow } from '../clean/builders.ts';

const PORTS = new Set([7497, 4002]);
const isGateway = (address: string) => address === '192.168.1.20';
const side = (local: string | number, remote: string | number | null) =>
  sideOf(tcpRow(remote === null ? 'LISTEN' : 'CLOSE_WAIT', local, remote), PORTS, isGateway);

describe('the side of a row', () => {
  it.each<[string, string | number, string | number | null, 'client' | 'gateway' | null]>([
    ['the Gateway’s end on loopback', 4002, 50_001, 'gateway'],
    ['the Gateway’s end towards another host', '10.0.0.5:7497', '10.0.0.9:50001', 'gateway'],
    ['the bot’s end on loopback', 50_001, 4002, 'client'],
    ['the bot’s end on IPv6 loopback', '[::1]:50001', '[::1]:7497', 'client'],
    ['the bot’s end on another loopback address', '127.0.0.1:50001', '127.0.0.2:4002', 'client'],
    ['the bot’s end by this host’s own address', '10.0.0.5:50001', '10.0.0.5:4002', 'client'],
    ['the bot’s end towards a configured Gateway host', '10.0.0.5:50001', '192.168.1.20:4002', 'client'],
    ['a client of another host’s port 4002 (defect D4)', '10.0.0.5:50001', '10.0.0.77:4002', null],
    ['a listener', 4002, null, null],
    ['17497, which only ends like a watched port (D1)', 50_001, 17_497, null],
    ['749, the beginning of one', 50_001, 749, null],
    ['7498, its neighbour', 7498, 50_001, null],
    ['a client port that contains a watched one', 47_497, 5432, null],
    ['the loopback look-alike 1.127.0.1', '10.0.0.5:50001', '1.127.0.1:4002', null],
    ['both ends watched: the local one decides', 7497, 4002, 'gateway'],
  ])('%s', (_, local, remote, expected) => {
    expect(side(local, remote)).toBe(expected);
  });

  it('is none for the Gateway’s own session to IBKR: remote 4001 at a foreign address', () => {
    const upstream = tcpRow('CLOSE_WAIT', '10.0.0.5:51234', '208.245.107.3:4001');
    expect(sideOf(upstream, new Set([4001, 4002]), () => false)).toBeNull();
  });

  it('gives the watched port of either side', () => {
    expect(watchedPortOf(tcpRow('CLOSE_WAIT', 50_001, 4002), 'client')).toBe(4002);
    expect(watchedPortOf(tcpRow('CLOSE_WAIT', 4002, 50_001), 'gateway')).toBe(4002);
  });
});
