import { freeableConnections } from '../freeable.ts';
import { countsUnknown, totalZombies } from '../severity.ts';
import type { Advice, OwnerState, Snapshot } from '../snapshot.ts';
import { problemSentence } from '../words/clean.ts';
import { counted } from '../words/format.ts';
import {
  elsewhereSentence,
  forwarderWords,
  gatewayName,
  lowerThe,
  probeWords,
  probeZombies,
  unseenGateways,
} from '../words/snapshot.ts';
import { type AdviceFacts, NO_FACTS } from './facts.ts';
import { restartTrigger } from './trigger.ts';

/** How long bots get to reconnect after the Gateway starts (its nightly restart), in ms. */
export const RECOVERY_MS = 300_000;

type AdviceInput = Omit<Snapshot, 'advice' | 'level' | 'seq'>;

/** What helps now, and why: the first rule that applies, most urgent first. Panel, alerts, terminal and doctor use it. */
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
  if (scan.kind === 'stale' && totalZombies(ports) === null && Date.parse(scan.at) <= 0)
    return { kind: 'wait', text: 'Running the first scan.' };
  if (scan.kind !== 'failed') return null;
  const hints = scan.problems.map(problemSentence).join(' ');
  return { kind: 'fix-machine', text: `Sexton cannot see the connections. ${hints}`.trim() };
};

const jammed: Rule = (snapshot) => {
  if (!snapshot.ports.some((port) => port.jammed)) return null;
  const text = `${gatewayName(snapshot)} accepts connections but has stopped answering. Only restarting it helps; stopping bots does not.`;
  return { kind: 'restart', text };
};

const failingConnects: Rule = (snapshot, facts) => {
  if (restartTrigger(snapshot, facts) === null || cleanableZombies(snapshot) > 0) return null;
  const name = gatewayName(snapshot);
  const held = totalZombies(snapshot.ports, 'gateway') ?? 0;
  if (held === 0) {
    return {
      kind: 'restart',
      text: `Bots still cannot connect, although the ports are clean. Restart ${lowerThe(name)}.`,
    };
  }
  const text = `Bots fail to connect and ${lowerThe(name)} holds ${counted(held, 'zombie connection')}. Only restarting it frees them.`;
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
  const text = `${gatewayName(snapshot)} has just restarted, and most bots reconnect on their own. Wait a few minutes before cleaning.`;
  return { kind: 'wait', text };
};

/** The Gateway went away a moment ago, as it does every night: its bots hold zombies until it is back. */
const awaiting: Rule = ({ ports, owners }) => {
  const away = ports.filter(({ listening, zombies }) => listening === false && (zombies.client ?? 0) > 0);
  const fresh = owners.filter(({ side, oldestMs }) => side === 'client' && oldestMs < RECOVERY_MS);
  const left = away.find(({ port }) => fresh.some((owner) => owner.ports.includes(port)));
  if (left === undefined) return null;
  const text = `Nothing is listening on ${left.port} any more. If its Gateway is restarting, most bots reconnect on their own: wait a few minutes before cleaning.`;
  return { kind: 'wait', text };
};

const cleanable: Rule = (snapshot) => {
  const count = cleanableZombies(snapshot);
  if (count === 0) return null;
  const held = totalZombies(snapshot.ports, 'gateway') ?? 0;
  const rest = held === 0 ? '' : ` To free what ${lowerThe(gatewayName(snapshot))} holds, restart it.`;
  return { kind: 'clean', text: `Stopping the bots that can be cleaned frees ${counted(count, 'connection')}.${rest}` };
};

const liveBots: Rule = ({ owners }) => {
  const live = owners.filter(({ verdict }) => verdict.kind === 'protected' && verdict.reason === 'live-session');
  if (live.length === 0) return null;
  const trading = live.filter(({ verdict }) => verdict.kind === 'protected' && verdict.unanswered !== true);
  const names = (trading.length === 0 ? live : trading).map(nameOf).join(', ');
  const text =
    trading.length === 0
      ? `The Gateway never answered the session of ${names}, so it is probably hung. Restart the bot, or include it in a clean.`
      : `${names} may be trading over a live session. Restart it yourself at a good moment, or include it in a clean.`;
  return { kind: 'check-bot', text };
};

const workplaces: Rule = ({ owners }) => {
  const [open] = owners.filter(({ verdict }) => verdict.kind === 'protected' && verdict.reason === 'interactive');
  if (open === undefined) return null;
  const text = `Someone may be working in ${nameOf(open)}. Close its connection there, or include it in a clean.`;
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
  const text = `${holder} holds ${counted(held, 'zombie connection')}. Only restarting it frees them. While bots can still connect, this can wait.${probeAdvice(snapshot)}`;
  return { kind: 'restart', text };
};

/** A process that probes the port keeps leaving zombies after a restart too. */
function probeAdvice(snapshot: Pick<Snapshot, 'owners' | 'ports'>): string {
  const left = probeZombies(snapshot);
  return left === 0 ? '' : ` ${probeWords(left)}. Check the port with "sexton status" instead, which never connects.`;
}

/** Bots are connected to a Gateway that the settings do not name. */
const elsewhere: Rule = (snapshot) => {
  const sentence = elsewhereSentence(snapshot.elsewhere);
  if (sentence === '') return null;
  const hosts = [...new Set(snapshot.elsewhere.map(({ address }) => address))].join(', ');
  const text = `${sentence} Add ${hosts} to the Gateway hosts in the settings (gatewayHosts), so that Sexton watches ${hosts.includes(',') ? 'them' : 'it'} too.`;
  return { kind: 'check-bot', text };
};

/** A Gateway behind a forwarder that cannot be seen: what can be done is to look from beside it, or to accept that. */
const hiddenGateway: Rule = (snapshot) => {
  const [port] = unseenGateways(snapshot);
  if (port === undefined) return null;
  const text = `The Gateway behind ${forwarderWords(port)} on ${port.port} cannot be seen from here, so what it holds is unknown. Run Sexton where the Gateway runs, or watch only the bots' side of ${port.port} ("sexton doctor" shows how).`;
  return { kind: 'fix-machine', text };
};

const unseen: Rule = ({ scan, ports, unattributed }) => {
  const [problem] = scan.problems;
  if ((scan.kind === 'degraded' || countsUnknown(ports)) && problem)
    return { kind: 'fix-machine', text: problemSentence(problem) };
  if ((unattributed ?? 0) === 0) return null;
  const text = `${counted(unattributed ?? 0, 'connection')} ${unattributed === 1 ? 'has' : 'have'} no visible owner. "sexton doctor" shows what Sexton cannot see.`;
  return { kind: 'fix-machine', text };
};

const careless: Rule = (_, { repeatOffenders, alreadyConnected, unlocked }) => {
  if (repeatOffenders.length > 0) {
    const text = `${repeatOffenders.join(', ')} keeps leaving zombie connections. It should also disconnect after a failed handshake.`;
    return { kind: 'check-bot', text };
  }
  if (alreadyConnected > 0) {
    // 501 is the API client's own error: it never reaches the Gateway.
    const text =
      'A bot reports "Already connected" (501): it calls connect() while its connection is still open. It should check isConnected() first.';
    return { kind: 'check-bot', text };
  }
  if (unlocked.length === 0) return null;
  return {
    kind: 'check-bot',
    text: `${unlocked.join(', ')} connected without the handshake lock. Start it with "sexton guard".`,
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
  workplaces,
  strangers,
  gatewayHeld,
  elsewhere,
  hiddenGateway,
  unseen,
  careless,
];

/** Zombies that are freed when every process that the guard lets be stopped is stopped. */
function cleanableZombies({ owners }: Pick<Snapshot, 'owners'>): number {
  return freeableConnections(owners, ({ verdict }) => verdict.kind === 'cleanable');
}

function nameOf({ process }: OwnerState): string {
  return process.name;
}
