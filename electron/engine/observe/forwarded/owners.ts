import type { OwnerState } from '../../../../shared/snapshot.ts';
import { endpointText } from '../endpoints.ts';
import { describeProcess } from '../process/scripts.ts';
import type { TrackedZombie } from '../zombies.ts';
import type { ForwardedPort } from './forwarding.ts';

/**
 * The Gateways in other networks of this machine, as owners of the zombies read there. They serve an API port, so
 * nothing signals them.
 */
export function forwardedOwners(
  zombies: Iterable<TrackedZombie>,
  forwarded: ReadonlyMap<number, ForwardedPort>,
): OwnerState[] {
  const owners = new Map<number, OwnerState>();
  for (const { row, port, counted, inside, ageMs } of zombies) {
    const gateway = inside && counted ? forwarded.get(port)?.lead?.gateway : undefined;
    if (gateway === undefined) continue;
    const owner = owners.get(gateway.pid) ?? {
      process: describeProcess(gateway),
      side: 'gateway',
      ports: [],
      zombies: 0,
      established: 0,
      oldestMs: 0,
      verdict: { kind: 'protected', reason: 'gateway-listener' },
      culprits: [],
      sockets: [],
    };
    owners.set(gateway.pid, owner);
    owner.zombies += 1;
    owner.oldestMs = Math.max(owner.oldestMs, Math.round(ageMs));
    if (!owner.ports.includes(port)) owner.ports = [...owner.ports, port].sort((one, other) => one - other);
    owner.sockets.push({
      local: endpointText(row.local),
      remote: row.remote ? endpointText(row.remote) : '*',
      state: row.state,
      ageMs: Math.round(ageMs),
      fd: '',
    });
  }
  return [...owners.values()];
}
