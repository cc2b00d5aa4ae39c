import { type AdviceFacts, NO_FACTS } from './advice-facts.ts';
import { freeableConnections } from './freeable.ts';
import { restartTrigger } from './restart-trigger.ts';
import { totalZombies } from './severity.ts';
import type { Advice, OwnerState, Snapshot } from './snapshot.ts';
import { counted, gatewayName, lowerThe } from './wording.ts';
import { problemSentence } from './wording-clean.ts';

/** Bots get this long after a start of the Gateway to reconnect by themselves (its nightly restart). */
export const RECOVERY_MS = 300_000;

type AdviceInput = Omit<Snapshot, 'advice' | 'level' | 'seq'>;

/** What helps now, and why: the first rule that applies, from the most to the least pressing. Panel, alerts, terminal and doctor use it. */
export function advise(snapshot: AdviceInput, facts: AdviceFacts = NO_FACTS): Advice {
  for (const rule of RULES) {
    const advice = rule(snapshot, facts);
    if (advice === null) continue;
    const urgent = advice.kind === 'restart' && restartTrigger(snapshot, facts) !== null;
    return urgent ? { ...advice, urgent } : advice;
  }
  return { kind: 'nothing', text: 'Nothing to do.' };
}

type Rule = (snapshot: AdviceInput, facts: AdviceFacts) => Advice | null;

const blind: Rule = ({ scan, ports }) => {
  if (scan.kind === 'stale' && totalZombies(ports) === null) return { kind: 'wait', text: 'Taking the first look.' };
  if (scan.kind !== 'failed' && totalZombies(ports) !== null) return null;
  const hints = scan.problems.map(problemSentence).join(' ');
  return { kind: 'fix-machine', text: `Sexton cannot see the connections. ${hints}`.trim() };
};

const jammed: Rule = (snapshot) => {
  if (!snapshot.ports.some((port) => port.jammed)) return null;
  const text = `${gatewayName(snapshot)} accepts connections but has stopped answering. Only a restart of it helps; stopping bots does not.`;
  return { kind: 'restart', text };
};

const failingConnects: Rule = (snapshot, facts) => {
  const trigger = restartTrigger(snapshot, facts);
  if (trigger === null || cleanableZombies(snapshot) > 0) return null;
  const name = gatewayName(snapshot);
  const held = totalZombies(snapshot.ports, 'gateway') ?? 0;
  if (trigger === 'already-connected') {
    const text = `Bots are told "Already connected" again and again: ${lowerThe(name)} takes gone bots for live ones. Restart it.`;
    return { kind: 'restart', text };
  }
  if (held === 0) {
    return { kind: 'restart', text: `Connects keep failing although the ports are clean. Restart ${lowerThe(name)}.` };
  }
  const text = `Bots fail to connect and ${lowerThe(name)} holds ${counted(held, 'dead connection')}. Only a restart of it frees them.`;
  return { kind: 'restart', text };
};

const recovering: Rule = (snapshot) => {
  const now = Date.parse(snapshot.at);
  // A connection older than the Gateway was closed by the restart itself, not forgotten by its bot.
  const left = snapshot.owners.some(
    ({ side, ports, oldestMs }) =>
      side === 'client' &&
      snapshot.ports.some(({ port, gateway }) => {
        const runsForMs = gateway === null || !ports.includes(port) ? null : now - Date.parse(gateway.startedAt);
        return runsForMs !== null && runsForMs < RECOVERY_MS && oldestMs > runsForMs;
      }),
  );
  if (!left) return null;
  const text = `${gatewayName(snapshot)} has just restarted, and most bots reconnect by themselves. Wait a few minutes before cleaning.`;
  return { kind: 'wait', text };
};

/** The Gateway went away a moment ago, as it does every night: its bots hold dead connections until it is back. */
const awaiting: Rule = ({ ports, owners }) => {
  const away = ports.filter(({ listening, zombies }) => listening === false && (zombies.client ?? 0) > 0);
  const fresh = owners.filter(({ side, oldestMs }) => side === 'client' && oldestMs < RECOVERY_MS);
  const left = away.find(({ port }) => fresh.some((owner) => owner.ports.includes(port)));
  if (left === undefined) return null;
  const text = `Nobody listens on ${left.port} any more. If its Gateway is just restarting, most bots reconnect by themselves: wait a few minutes before cleaning.`;
  return { kind: 'wait', text };
};

const cleanable: Rule = (snapshot) => {
  const count = cleanableZombies(snapshot);
  if (count === 0) return null;
  const held = totalZombies(snapshot.ports, 'gateway') ?? 0;
  const rest = held === 0 ? '' : ` What ${lowerThe(gatewayName(snapshot))} holds needs a restart of it.`;
  return { kind: 'clean', text: `Stopping the bots that can be cleaned frees ${counted(count, 'connection')}.${rest}` };
};

const liveBots: Rule = ({ owners }) => {
  const live = owners.filter(({ verdict }) => verdict.kind === 'protected' && verdict.reason === 'live-session');
  if (live.length === 0) return null;
  const names = live.map(nameOf).join(', ');
  const text = `${names} may be trading over a live session. Restart it yourself at a good moment, or include it in a clean.`;
  return { kind: 'check-bot', text };
};

const strangers: Rule = ({ owners }) => {
  const found = owners.filter(({ verdict }) => verdict.kind === 'protected' && verdict.reason === 'not-a-bot');
  if (found.length === 0) return null;
  const names = found.map(nameOf).join(', ');
  return {
    kind: 'check-bot',
    text: `${names} is not on the list of bots. Stop it yourself, or add its name in the settings.`,
  };
};

const gatewayHeld: Rule = (snapshot) => {
  const held = totalZombies(snapshot.ports, 'gateway') ?? 0;
  if (held === 0) return null;
  const holder = gatewayName(snapshot);
  const text = `${holder} holds ${counted(held, 'dead connection')}, and only a restart of it frees them. While bots connect you can wait.`;
  return { kind: 'restart', text };
};

const unseen: Rule = ({ scan, unattributed }) => {
  const [problem] = scan.problems;
  if (scan.kind === 'degraded' && problem) return { kind: 'fix-machine', text: problemSentence(problem) };
  if ((unattributed ?? 0) === 0) return null;
  const text = `${counted(unattributed ?? 0, 'connection')} ${unattributed === 1 ? 'has' : 'have'} no visible owner. "sexton doctor" says what cannot be seen.`;
  return { kind: 'fix-machine', text };
};

const careless: Rule = (_, { repeatOffenders, alreadyConnected, unlocked }) => {
  if (repeatOffenders.length > 0) {
    const text = `${repeatOffenders.join(', ')} leaves dead connections again and again. It should disconnect after a failed handshake too.`;
    return { kind: 'check-bot', text };
  }
  if (alreadyConnected > 0) {
    return {
      kind: 'check-bot',
      text: 'Bots report "Already connected": two of them use the same client id, or one still runs.',
    };
  }
  if (unlocked.length === 0) return null;
  return {
    kind: 'check-bot',
    text: `${unlocked.join(', ')} connects without the handshake lock. Start it with "sexton guard".`,
  };
};

const RULES: readonly Rule[] = [
  blind,
  jammed,
  failingConnects,
  recovering,
  awaiting,
  cleanable,
  liveBots,
  strangers,
  gatewayHeld,
  unseen,
  careless,
];

/** Zombies that are freed when every process that the guard lets be stopped is stopped. */
export function cleanableZombies({ owners }: Pick<Snapshot, 'owners'>): number {
  return freeableConnections(owners, ({ verdict }) => verdict.kind === 'cleanable');
}

function nameOf({ process }: OwnerState): string {
  return process.name;
}
