import type { RestartState, RestartStep, Snapshot } from '../../../shared/snapshot.ts';
import { before, MINUTE, SECOND } from './moments.ts';
import { GONE, gatewayOwner, owner, ports, RUNNER, SOCKETS, snapshot, zombies } from './parts.ts';
import { NEW_GATEWAY } from './snapshots.ts';

const WAITING: Readonly<Record<RestartStep, string>> = {
  1: 'Waits for 2 bots to leave: runner_async.py and websocket_server.py.',
  2: 'Waits for IB Gateway (655) to close port 4002.',
  3: '2 sockets are left on 4002.',
  4: 'Waits for a Gateway to listen on 4002.',
  5: 'Waits for the first answered session on 4002.',
};

function restart(step: RestartStep, doneBefore: readonly number[]): RestartState {
  const steps = Array.from({ length: 5 }, (_, place) => {
    const ago = doneBefore[place];
    return { done: ago !== undefined, at: ago === undefined ? null : before(ago) };
  });
  return { step, startedAt: before(4 * MINUTE), waitingFor: WAITING[step], steps };
}

const stuck = { zombies: zombies(0, 12), established: 0 };
const down = { listening: false, gateway: null, established: 0 };
const up = { listening: true, gateway: NEW_GATEWAY, established: 0 };

/** The guide at each of its steps, and when all is done. */
export const RESTARTS = {
  restart1: snapshot({
    level: 'critical',
    ports: ports({}, stuck),
    owners: [gatewayOwner(12, [GONE]), owner(RUNNER, 2, 7497, 12 * MINUTE), owner(SOCKETS, 1, 7497, 4 * MINUTE)],
    restart: restart(1, []),
  }),
  restart2: snapshot({ level: 'critical', ports: ports({}, stuck), restart: restart(2, [40 * SECOND]) }),
  restart3: snapshot({
    level: 'notice',
    ports: ports({}, { ...down, zombies: zombies(2, 0) }),
    restart: restart(3, [90 * SECOND, 18 * SECOND]),
  }),
  restart4: snapshot({
    ports: ports({}, down),
    restart: restart(4, [3 * MINUTE, 2 * MINUTE, 84 * SECOND]),
  }),
  restart5: snapshot({
    ports: ports({}, up),
    restart: restart(5, [5 * MINUTE, 4 * MINUTE, 3 * MINUTE, 22 * SECOND]),
  }),
  restartDone: snapshot({
    ports: ports({}, { ...up, established: 1 }),
    restart: restart(5, [6 * MINUTE, 5 * MINUTE, 4 * MINUTE, MINUTE, 3 * SECOND]),
  }),
} as const satisfies Record<string, Snapshot>;
