import { describe, expect, it } from 'vitest';
import { forwardsOf, isTunnel, portsThroughTunnels } from '../../../electron/engine/observe/forwarded/tunnels.ts';
import { botRecord, processRecord } from '../clean/builders.ts';

const program = (...args: string[]) =>
  processRecord(5, { name: args[0] ?? '', executable: `/usr/bin/${args[0]}`, args });
const API = new Set([4001, 4002]);

describe('a tunnel', () => {
  it.each(['ssh', 'autossh', 'socat', 'socat1', 'stunnel4', 'kubectl', 'sshd', 'sshd-session'])('is %s', (name) => {
    expect(isTunnel(program(name))).toBe(true);
  });

  it.each(['docker-proxy', 'com.docker.backend', 'nginx', 'haproxy', 'python3'])('is not %s', (name) => {
    expect(isTunnel(program(name))).toBe(false);
    expect(isTunnel(botRecord(5, '/home/me/ssh/socat.py'))).toBe(false);
  });

  it.each<[string, string[], (readonly [number, number | null])[]]>([
    ['ssh', ['ssh', '-N', '-L', '14002:localhost:4002', 'trader'], [[14_002, 4002]]],
    ['in one word', ['ssh', '-L14002:gw:4002', 'trader'], [[14_002, 4002]]],
    ['among flags', ['ssh', '-fNL', '14002:gw:4002', 'trader'], [[14_002, 4002]]],
    ['with a bind address', ['ssh', '-L', '127.0.0.1:14002:gw:4002', 'trader'], [[14_002, 4002]]],
    ['over IPv6', ['ssh', '-L', '[::1]:14002:[fe80::1]:4002', 'trader'], [[14_002, 4002]]],
    ['behind the host', ['ssh', 'trader', '-L', '14002:gw:4002'], [[14_002, 4002]]],
    ['after options with values', ['ssh', '-p', '2222', '-i', 'key', '-L', '14002:gw:4002', 'x'], [[14_002, 4002]]],
    ['by an option', ['ssh', '-o', 'LocalForward=14002 gw:4002', 'trader'], [[14_002, 4002]]],
    ['to a socket', ['ssh', '-L', '14002:/run/gw.sock', 'trader'], [[14_002, null]]],
    [
      'two at once',
      ['ssh', '-L', '1:a:2', '-L', '3:b:4', 'x'],
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['autossh', ['autossh', '-M', '20000', '-N', '-L', '14002:gw:4002', 'x'], [[14_002, 4002]]],
    ['ssh as a master', ['ssh', '-M', '-L', '14002:gw:4002', 'x'], [[14_002, 4002]]],
    ['none in a remote command', ['ssh', 'trader', 'tool', '-L', '14002:db:5432'], []],
    ['none of a proxy or the far end', ['ssh', '-D', '1080', '-R', '9000:gw:4002', 'trader'], []],
    ['socat', ['socat', '-d', 'TCP-LISTEN:14002,fork,reuseaddr', 'TCP:gw:4002'], [[14_002, 4002]]],
    ['socat in other words', ['socat', 'tcp4-l:14002', 'tcp6:[::1]:4002,nodelay'], [[14_002, 4002]]],
    ['socat through a command', ['socat', 'TCP-LISTEN:14002,fork', 'EXEC:ssh gw nc localhost 4002'], [[14_002, null]]],
    ['socat that listens on nothing', ['socat', '-', 'TCP:gw:4002'], []],
  ])('names its forwards: %s', (_, args, expected) => {
    expect(forwardsOf(program(...args)).map(({ local, target }) => [local, target])).toEqual(expected);
  });
});

describe('the ports that lead to the API', () => {
  const through = (tunnels: string[][], listening: number[]) =>
    [
      ...portsThroughTunnels(
        tunnels.map((args) => program(...args)),
        listening,
        API,
      ),
    ].sort();

  it('are those whose forward says so, not those that lead elsewhere', () => {
    const ssh = ['ssh', '-L', '14002:gw:4002', '-L', '15432:db:5432', 'x'];
    expect(through([ssh], [14_002, 15_432])).toEqual([14_002]);
  });

  it('include every port whose target no argument names', () => {
    expect(through([['ssh', 'x']], [14_002, 15_432])).toEqual([14_002, 15_432]);
    expect(through([['stunnel4', '/etc/stunnel.conf']], [14_002])).toEqual([14_002]);
    expect(through([['ssh', '-L', '14002:/run/gw.sock', 'x']], [14_002])).toEqual([14_002]);
    expect(through([['ssh', '-D', '1080', 'x']], [1080])).toEqual([1080]);
  });

  it('are found even when the listener cannot be seen', () => {
    expect(through([['ssh', '-L', '14002:gw:4002', 'x']], [])).toEqual([14_002]);
  });

  it('are followed through tunnels behind tunnels', () => {
    const outer = ['socat', 'TCP-LISTEN:16000,fork', 'TCP:localhost:15000'];
    const inner = ['ssh', '-L', '15000:gw:4001', 'x'];
    expect(through([outer, inner], [15_000, 16_000])).toEqual([15_000, 16_000]);
  });

  it('include neither sshd’s own nor the API’s own', () => {
    expect(through([['sshd', '-D']], [22, 14_002])).toEqual([14_002]);
    expect(through([['ssh', '-L', '4002:gw:4002', 'x']], [4002])).toEqual([]);
  });
});
