import type { RestartBot, RestartState, RestartStep, Snapshot } from '../../../shared/snapshot.ts';
import { before, MINUTE, SECOND } from './moments.ts';
import { GONE, gatewayOwner, owner, ports, process, RUNNER, SOCKETS, snapshot, zombies } from './parts.ts';
import { NEW_GATEWAY } from './snapshots.ts';

const WAITING: Readonly<Record<RestartStep, string>> = {
  1: 'Waiting for 3 bots to end: runner_async.py (4312), websocket_server.py (4377) and app.py (4500). Stopping them ends 1 live session and adds as many gateway-side connections, which the restart clears.',
  2: 'Waiting for IB Gateway to quit. It is still listening on 4002. The 12 zombie connections it holds will go with it.',
  3: '18 s of 30 s · 2 sockets left',
  4: 'Waiting for the Gateway to listen on 4002: 84 s so far; with 2FA, 60 to 240 s is normal.',
  5: 'Waiting for a bot to connect and for the Gateway to answer it.',
};

const bots: RestartBot[] = [
  { process: RUNNER, folder: '/home/trader/bots', sessions: 0, verdict: { kind: 'cleanable', reason: 'python' } },
  { process: SOCKETS, folder: '/home/trader/bots', sessions: 0, verdict: { kind: 'cleanable', reason: 'named-bot' } },
  {
    process: process(4_500, 'app.py'),
    folder: '/home/trader/web',
    sessions: 1,
    verdict: { kind: 'protected', reason: 'live-session' },
  },
];

function restart(step: RestartStep, doneBefore: readonly number[], detail: Partial<RestartState> = {}): RestartState {
  const steps = Array.from({ length: 5 }, (_, place) => {
    const ago = doneBefore[place];
    return { done: ago !== undefined, at: ago === undefined ? null : before(ago) };
  });
  return { step, startedAt: before(4 * MINUTE), waitingFor: WAITING[step], steps, ...detail };
}

const quitHelp: RestartState['help'] = [
  {
    text: 'Quit it in its own window: File, then Exit or Close. Sexton never stops it. In TWS, File, then Restart keeps you logged in and needs no IBC.',
    command: null,
  },
  {
    text: 'Or let IBC restart it: you stay logged in, without 2FA, except on Sundays. It takes up to a minute to start, and moves the daily auto-restart to that time unless AutoRestartTime is set in /Users/me/ibc/config.ini.',
    command: '(echo RESTART; sleep 1) | nc 127.0.0.1 7462',
  },
];

const stuck = { zombies: zombies(0, 12), established: 0 };
const down = { listening: false, gateway: null, established: 0 };
const up = { listening: true, gateway: NEW_GATEWAY, established: 0 };

/** The guide at each of its steps, and when all is done. */
export const RESTARTS = {
  restart1: snapshot({
    level: 'critical',
    ports: ports({}, stuck),
    owners: [gatewayOwner(12, [GONE]), owner(RUNNER, 2, 7497, 12 * MINUTE), owner(SOCKETS, 1, 7497, 4 * MINUTE)],
    restart: restart(1, [], {
      bots,
      help: [{ text: 'Or stop the ones without a live session yourself:', command: 'kill 4312 4377' }],
    }),
  }),
  restart2: snapshot({
    level: 'critical',
    ports: ports({}, stuck),
    restart: restart(2, [40 * SECOND], { help: quitHelp }),
  }),
  restart3: snapshot({
    level: 'notice',
    ports: ports({}, { ...down, zombies: zombies(2, 0) }),
    restart: restart(3, [90 * SECOND, 18 * SECOND], {
      wait: { since: before(18 * SECOND), durationMs: 30_000, sockets: 2 },
    }),
  }),
  restart4: snapshot({
    ports: ports({}, down),
    restart: restart(4, [3 * MINUTE, 2 * MINUTE, 84 * SECOND], {
      wait: { since: before(84 * SECOND), durationMs: 240_000, sockets: 0 },
      help: [{ text: 'The command that starts the Gateway:', command: '~/ibc/gatewaystartmacos.sh -inline' }],
    }),
  }),
  restart5: snapshot({
    ports: ports({}, up),
    restart: restart(5, [5 * MINUTE, 4 * MINUTE, 3 * MINUTE, 22 * SECOND], {
      goOn: 'Start the bots later',
      help: [
        {
          text: 'Set the command that starts the bots in the settings to copy it from here.',
          command: null,
        },
      ],
    }),
  }),
  restartDone: snapshot({
    ports: ports({}, { ...up, established: 1 }),
    restart: restart(5, [6 * MINUTE, 5 * MINUTE, 4 * MINUTE, MINUTE, 3 * SECOND], {
      waitingFor: 'Done: the Gateway is back and the bots are connected.',
    }),
  }),
  restartUndone: snapshot({
    ports: ports({}, up),
    restart: restart(2, [2 * MINUTE], {
      notice:
        'The Gateway listens on 4002 again after 12 s, before the 30 s wait was over. Quit it again, or continue if IBC restarted it.',
      goOn: 'It was restarted, continue',
      help: quitHelp,
    }),
  }),
  restartNoBots: snapshot({
    ports: ports({}, stuck),
    restart: restart(1, [], {
      waitingFor:
        'No listed bot is running, but 2 sessions are open on the port, held by research.py (901). Stop any bots among them, or continue.',
      goOn: 'No bots are running',
    }),
  }),
} as const satisfies Record<string, Snapshot>;
