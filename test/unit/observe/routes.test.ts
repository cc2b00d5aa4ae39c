import { describe, expect, it } from 'vitest';
import { routeOf } from '../../../electron/engine/observe/forwarded/routes.ts';

const route = (command: string) => routeOf({ args: command.split(' ') });

describe('where a forwarder leads', () => {
  it.each([
    [
      '/usr/bin/docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 4002 -container-ip 172.17.0.2 -container-port 4004',
      { listens: 4002, to: { host: '172.17.0.2', port: 4004 } },
    ],
    [
      'docker-proxy --host-port=4001 --container-ip=fd00::2 --container-port=4003',
      { listens: 4001, to: { host: 'fd00::2', port: 4003 } },
    ],
    ['socat TCP-LISTEN:4004,fork TCP:127.0.0.1:4002', { listens: 4004, to: { host: '127.0.0.1', port: 4002 } }],
    ['socat tcp4-l:4004,reuseaddr tcp4-connect:[::1]:4002', { listens: 4004, to: { host: '::1', port: 4002 } }],
    ['socat TCP-LISTEN:4004,fork TCP:localhost:4002', { listens: 4004, to: { host: '127.0.0.1', port: 4002 } }],
    ['socat TCP-LISTEN:4004,fork TCP:gateway.lan:4002', { listens: 4004, to: null }],
    ['socat TCP-LISTEN:4004,fork UNIX-CONNECT:/run/gateway.sock', { listens: 4004, to: null }],
    ['docker-proxy -host-port 4002 -container-ip 172.17.0.2 -container-port 70000', { listens: 4002, to: null }],
    ['docker-proxy -host-port', { listens: null, to: null }],
    ['ssh -N -L 4002:localhost:4002 me@gateway', { listens: null, to: null }],
    ['com.docker.backend', { listens: null, to: null }],
  ])('%s', (command, expected) => {
    expect(route(command)).toEqual(expected);
  });
});
