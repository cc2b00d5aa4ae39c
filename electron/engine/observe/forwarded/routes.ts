import type { ProcessRecord } from '../../platform/types.ts';

/** Where a forwarder listens and where it leads; `null` where its arguments do not say. */
export interface Route {
  listens: number | null;
  to: { host: string; port: number } | null;
}

/** A numeric IPv4 or IPv6 address, not a name. */
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-f]*:[\da-f:.]+)$/;
const PORT = /^\d{1,5}$/;

/** Reads a forwarder's arguments: docker-proxy's container address, or socat's two addresses. */
export function routeOf({ args }: Pick<ProcessRecord, 'args'>): Route {
  const container = optionOf(args, 'container-ip');
  if (container !== null) {
    return {
      listens: portOf(optionOf(args, 'host-port')),
      to: target(container, optionOf(args, 'container-port')),
    };
  }
  const listens = args.flatMap((argument) => /^tcp[46]?-l(?:isten)?:(\d+)/i.exec(argument)?.[1] ?? []);
  const connects = args.flatMap((argument) => {
    const found = /^tcp[46]?(?:-connect)?:(\[[^\]]+\]|[^:,]+):(\d+)/i.exec(argument);
    return found ? [target(found[1] ?? '', found[2] ?? '')] : [];
  });
  const [one] = connects;
  return {
    listens: listens.length === 1 ? portOf(listens[0] ?? null) : null,
    to: connects.length === 1 ? (one ?? null) : null,
  };
}

/** `-name value` or `-name=value`, with one dash or two, as Go programs accept them. */
function optionOf(args: readonly string[], name: string): string | null {
  for (const [at, argument] of args.entries()) {
    const [option = '', value] = argument.split('=', 2);
    if (option.replace(/^--?/, '') === name && option.startsWith('-')) return value ?? args[at + 1] ?? null;
  }
  return null;
}

function portOf(text: string | null): number | null {
  const port = text !== null && PORT.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : null;
}

/** Names are not resolved: inside the container they may mean another machine than here. */
function target(host: string, portText: string | null): Route['to'] {
  const port = portOf(portText);
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  const address = bare === 'localhost' ? '127.0.0.1' : bare;
  return port === null || !ADDRESS.test(address) ? null : { host: address, port };
}
