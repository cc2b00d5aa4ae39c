import type { OwnerState } from './snapshot.ts';

/**
 * How many connections are freed when the owners that `goes` accepts are stopped: those that no other process is seen to hold. One that two
 * of them hold is one.
 */
export function freeableConnections(owners: readonly OwnerState[], goes: (owner: OwnerState) => boolean): number {
  const going = connectionsOf(owners.filter(goes));
  const kept = connectionsOf(owners.filter((owner) => !goes(owner)));
  return [...going].filter((connection) => !kept.has(connection)).length;
}

function connectionsOf(owners: readonly OwnerState[]): Set<string> {
  const zombies = owners.flatMap(({ sockets }) => sockets.filter(({ state }) => state === 'CLOSE_WAIT'));
  return new Set(zombies.map(({ local, remote }) => `${local}>${remote}`));
}
