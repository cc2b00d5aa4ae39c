import type { RestartState } from '../snapshot.ts';
import type { GuideCommands } from './go-on.ts';
import { awaitedBots, currentStep, type GuideLook } from './guide.ts';
import { type GuideState, isFinished } from './state.ts';

/** What is known of IBC, the usual controller of TWS and Gateway. */
export interface IbcFacts {
  /** Where IBC looks by default: `~/ibc/config.ini`. */
  expected: string;
  /** The settings file a running Gateway was started with; null when no IBC is seen. */
  used: string | null;
  /** Is there a file at `expected`? */
  found: boolean;
  /** The port of IBC's command server, by the file in use; null while it is off, which is IBC's default. */
  commandPort: number | null;
}

type Help = NonNullable<RestartState['help']>;

/** What helps with the step that the guide is at, each with the exact command to copy where there is one. */
export function helpFor(
  state: GuideState,
  look: GuideLook,
  { commands, ibc, sunday }: { commands: GuideCommands; ibc: IbcFacts; sunday: boolean },
): Help {
  if (isFinished(state)) return [];
  switch (currentStep(state)) {
    case 1:
      return stopHelp(state, look);
    case 2:
      return [
        {
          text: 'Quit it in its own window: File, then Exit or Close. Sexton never stops it. In TWS, File, then Restart keeps you logged in and needs no IBC.',
          command: null,
        },
        ...ibcHelp(ibc, sunday),
      ];
    case 3:
      return [];
    case 4:
      return startHelp(commands.gatewayStartCommand, 'the Gateway');
    case 5:
      return startHelp(commands.startCommand, 'the bots');
  }
}

/** A command that stops those the guard lets be stopped; live sessions are confirmed in Sexton alone. */
function stopHelp(state: GuideState, { bots }: GuideLook): Help {
  const pids = awaitedBots(state, bots)
    .filter(({ verdict }) => verdict.kind === 'cleanable')
    .map(({ process }) => process.pid);
  if (pids.length === 0) return [];
  return [{ text: 'Or stop the ones without a live session yourself:', command: `kill ${pids.join(' ')}` }];
}

function ibcHelp({ expected, used, found, commandPort }: IbcFacts, sunday: boolean): Help {
  const file = used ?? expected;
  if (used === null && !found) {
    const text = `IBC's RESTART keeps you logged in, but ${expected}, where IBC looks for its settings, does not exist. If yours is elsewhere, copy it there.`;
    return [{ text, command: null }];
  }
  const misplaced: Help =
    used !== null && used !== expected && !found
      ? [
          {
            text: `IBC's own scripts look for ${expected}, which is missing.`,
            command: `cp ${quoted(used)} ${quoted(expected)}`,
          },
        ]
      : [];
  if (commandPort === null) {
    const text = `IBC's RESTART keeps you logged in, but its command server is off: set CommandServerPort=7462 in ${file}. It takes effect at the next start.`;
    return [{ text, command: null }, ...misplaced];
  }
  const login = sunday
    ? 'IBC can restart it, but on Sundays, after the full shutdown, you still have to log in with 2FA.'
    : 'Or let IBC restart it: you stay logged in, without 2FA, except on Sundays.';
  const text = `${login} It takes up to a minute to start, and moves the daily auto-restart to that time unless AutoRestartTime is set in ${file}.`;
  return [{ text, command: `(echo RESTART; sleep 1) | nc 127.0.0.1 ${commandPort}` }, ...misplaced];
}

function startHelp(command: string, what: string): Help {
  if (command !== '') return [{ text: `The command that starts ${what}:`, command }];
  return [{ text: `Set the command that starts ${what} in the settings to copy it from here.`, command: null }];
}

/** A path as a shell takes it whole. */
function quoted(path: string): string {
  return /^[\w./~+@%-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
