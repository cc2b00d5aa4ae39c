import { leastZombies, totalZombies } from '../severity.ts';
import type {
  BreakerState,
  ElsewhereState,
  Level,
  LockState,
  OwnerState,
  PortState,
  ProcessRef,
  ProtectedReason,
  ScanState,
  Snapshot,
  Verdict,
} from '../snapshot.ts';

/** The word of each level, as chips and the terminal show it. */
export const LEVEL_WORDS: Readonly<Record<Level, string>> = {
  clear: 'Clear',
  notice: 'Notice',
  warning: 'Warning',
  critical: 'Critical',
  blind: 'Cannot see',
};

/** Why a process is protected, as a sentence without its subject. */
export const PROTECTED_WORDS: Readonly<Record<ProtectedReason, string>> = {
  'gateway-listener': 'It listens on an API port or serves a connection on one. Only you restart it.',
  'gateway-family': 'It is a parent or a child of TWS, IB Gateway or another process that serves an API port.',
  'gateway-program': 'It is TWS, IB Gateway, IBC or Java. Only you restart it.',
  forwarder: 'It forwards the API port, and stopping it would cut off every bot behind it.',
  self: 'It is Sexton itself, or what Sexton was started from.',
  'other-user': 'It belongs to another user of this machine.',
  'live-session': 'It has a live API session and may be trading.',
  interactive:
    'It is a notebook, a bot under a debugger or an interactive Python. Stopping it loses what is in its memory.',
  'not-a-bot': 'It is not on the list of bots, so Sexton leaves it alone.',
  unproven: 'Sexton could not prove which process this is or that the connection is its own.',
};

/** The badge of an owner: may it be cleaned? */
export function verdictBadge(verdict: Verdict): 'Can clean' | 'Protected' | 'Live session' {
  if (verdict.kind === 'cleanable') return 'Can clean';
  return verdict.reason === 'live-session' ? 'Live session' : 'Protected';
}

/** The verdict in words for a person. */
export function verdictSentence(verdict: Verdict): string {
  if (verdict.kind === 'protected') return protectedSentence(verdict);
  return verdict.reason === 'python'
    ? 'A Python bot without a live session: stopping it frees the connection.'
    : 'On your list of bots and without a live session: stopping it frees the connection.';
}

function protectedSentence({ reason, detail, liftable, unanswered }: Extract<Verdict, { kind: 'protected' }>): string {
  if (detail === undefined) return PROTECTED_WORDS[reason];
  if (reason === 'live-session') {
    const end = unanswered ? ', so it is probably hung. Include it if you are sure.' : ' and may be trading.';
    return `${detail.slice(0, 1).toUpperCase()}${detail.slice(1)}${end}`;
  }
  const end = liftable ? ' Include it if you are sure that it is none.' : '';
  return reason === 'interactive'
    ? `It is ${detail}. Stopping it loses what is in its memory.`
    : `It is ${detail}.${end}`;
}

/** "1 connection", "4 connections". */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}

const SMALL = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine'];

/** "Two bots" at the start of a sentence: words up to nine, figures from ten on. */
function countedWord(count: number, singular: string): string {
  return `${SMALL[count] ?? count} ${singular}${count === 1 ? '' : 's'}`;
}

/** An age or a duration in its two largest units: "4 s", "12 min", "3 h 5 min", "2 d 4 h". */
export function durationWords(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1_000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${hours / 24} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** "runner_async.py (4312)". */
export function processWords(process: Pick<ProcessRef, 'name' | 'pid'>): string {
  return `${process.name} (${process.pid})`;
}

/** "one, two and three". */
export function listWords(words: readonly string[]): string {
  if (words.length <= 2) return words.join(' and ');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** "left by app.py (4312), runner.py (4313)", or nothing when nobody is remembered. */
function culpritWords(culprits: readonly ProcessRef[]): string {
  return culprits.length === 0 ? '' : `left by ${culprits.map(processWords).join(', ')}`;
}

/** "6 left by port probes", or nothing when there are none. */
export function probeWords(count: number): string {
  return count === 0 ? '' : `${count} left by ${count === 1 ? 'a port probe' : 'port probes'}`;
}

/** How many of the Gateways' zombies port probes left; one that two processes hold stands with both and is one. */
export function probeZombies({ owners, ports }: Pick<Snapshot, 'owners' | 'ports'>): number {
  const listed = owners.reduce((sum, { probes = 0 }) => sum + probes, 0);
  return Math.min(listed, totalZombies(ports, 'gateway') ?? listed);
}

/** What is known of those who left an owner's zombies: "6 left by port probes, left by app.py (4312)". */
export function leftWords({ probes = 0, culprits }: Pick<OwnerState, 'probes' | 'culprits'>): string {
  return [probeWords(probes), culpritWords(culprits)].filter((words) => words !== '').join(', ');
}

/**
 * What the Gateway is called here: the one recognised name on the ports it is about (those it jams or holds zombies on, else all),
 * or "The Gateway".
 */
export function gatewayName({ ports }: Pick<Snapshot, 'ports'>): string {
  const troubled = ports.filter(({ jammed, zombies }) => jammed || (zombies.gateway ?? 0) > 0);
  const about = troubled.length === 0 ? ports : troubled;
  const names = new Set(about.flatMap(({ gateway }) => (gateway ? [gateway.name] : [])));
  const [only] = names;
  return names.size === 1 && (only === 'IB Gateway' || only === 'TWS') ? only : 'The Gateway';
}

/** "The Gateway" in the middle of a sentence: "the Gateway"; a program's own name stays as it is. */
export function lowerThe(name: string): string {
  return name.startsWith('The ') ? `t${name.slice(1)}` : name;
}

/** The one plain sentence beside the count; `detail` is said more quietly. Unknown is never said as none. */
export function headline(snapshot: Snapshot): { main: string; detail: string } {
  if (snapshot.scan.kind === 'failed') {
    return { main: 'The last look failed, so the count is unknown.', detail: '' };
  }
  const jammed = snapshot.ports.filter((port) => port.jammed);
  if (jammed.length > 0) {
    return {
      main: `${gatewayName(snapshot)} has stopped answering on ${listWords(jammed.map(({ port }) => String(port)))}.`,
      detail: 'It still accepts connections but does not read them.',
    };
  }
  const total = totalZombies(snapshot.ports);
  if (total === null) return unknownHeadline(snapshot);
  const away = elsewhereSentence(snapshot.elsewhere);
  if (total === 0 && away !== '') return { main: away, detail: 'None on the Gateways that Sexton watches.' };
  if (total === 0) return { main: 'No zombie connections.', detail: sessionsSentence(snapshot) };
  const client = totalZombies(snapshot.ports, 'client') ?? 0;
  const gateway = total - client;
  const holder = gatewayName(snapshot);
  if (client === 0) {
    const left = probeWords(probeZombies(snapshot));
    return {
      main: `${holder} holds ${gateway === 1 ? 'the only one' : `all ${gateway}`}${left === '' ? '' : `, ${left}`}.`,
      detail: onlyRestart,
    };
  }
  const owners = snapshot.owners.filter(({ side }) => side === 'client');
  // Only what has just one owner each can be laid at their doors in one sentence.
  const owned = owners.reduce((sum, { zombies }) => sum + zombies, 0);
  const bots = owned === client ? owners.length : 0;
  const main =
    bots === 0
      ? `${counted(client, 'connection')} that bots should have closed.`
      : `${countedWord(bots, 'bot')} left ${counted(client, 'connection')}.`;
  return { main, detail: gateway === 0 ? '' : `${holder} holds ${gateway}${bots === 0 ? '' : ' more'}.` };
}

/** What is said when a count is not known although the look did not fail. */
function unknownHeadline(snapshot: Snapshot): { main: string; detail: string } {
  const [port] = unseenGateways(snapshot);
  const known = leastZombies(snapshot);
  const detail = known === 0 ? '' : `At least ${known} ${known === 1 ? 'is' : 'are'} there.`;
  if (port === undefined) return { main: 'Not every connection could be counted.', detail };
  return { main: `The Gateway behind ${forwarderWords(port)} on ${port.port} cannot be seen.`, detail };
}

/** Ports behind whose forwarder the Gateway's side is unknown, and nobody has accepted that. */
export function unseenGateways({ ports }: Pick<Snapshot, 'ports'>): PortState[] {
  return ports.filter(
    ({ forwarder, zombies }) => forwarder !== null && zombies.gateway === null && zombies.total === null,
  );
}

/** "docker-proxy (812)", or "a forwarder". */
export function forwarderWords({ forwarder }: Pick<PortState, 'forwarder'>): string {
  return forwarder === null ? 'a forwarder' : processWords(forwarder);
}

/** "12 zombie connections and 1 session to 10.9.9.2:4002", of one machine that the settings do not name. */
export function elsewhereWords({ address, port, zombies, established }: ElsewhereState): string {
  const parts = [
    ...(zombies > 0 ? [counted(zombies, 'zombie connection')] : []),
    ...(established > 0 ? [counted(established, 'session')] : []),
  ];
  const where = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  return `${parts.join(' and ')} to ${where}`;
}

/** "Bots have 12 zombie connections to 10.9.9.2:4002, which is not watched." Empty when there are none. */
export function elsewhereSentence(elsewhere: readonly ElsewhereState[]): string {
  if (elsewhere.length === 0) return '';
  return `Bots have ${listWords(elsewhere.map(elsewhereWords))}, which ${elsewhere.length === 1 ? 'is' : 'are'} not watched.`;
}

const onlyRestart = 'Cleaning cannot free what the Gateway holds: only a restart does.';

/** "2 live sessions on 4002.", or that nobody listens or is connected. */
export function sessionsSentence(snapshot: Pick<Snapshot, 'ports'>): string {
  const live = snapshot.ports.filter(({ established }) => (established ?? 0) > 0);
  if (live.length === 0) {
    const listening = snapshot.ports.filter((port) => port.listening);
    if (listening.length === 0) return 'No Gateway is listening.';
    return `Listening on ${listWords(listening.map(({ port }) => String(port)))}, nobody is connected.`;
  }
  const parts = live.map(({ port, established }) => `${counted(established ?? 0, 'live session')} on ${port}`);
  return `${listWords(parts)}.`;
}

/** The tools that say who holds what; the count comes from others. */
const OWNERS_TOOL = /(^|\/)(lsof|ps)$/;

/** What kind of look the last one was, in words; nothing to say about one that saw all. */
export function scanWords({ kind, problems }: Pick<ScanState, 'kind' | 'problems'>): string {
  switch (kind) {
    case 'ok':
      return '';
    case 'degraded':
      return problems.some(({ tool }) => OWNERS_TOOL.test(tool))
        ? 'The count is known, but not every owner.'
        : 'Not everything could be seen as it should be.';
    case 'stale':
      return 'The last look is old.';
    case 'failed':
      return 'Sexton cannot see the connections.';
  }
}

/** The word of each breaker state. */
export const BREAKER_WORDS: Readonly<Record<BreakerState['state'], string>> = {
  closed: 'Closed',
  open: 'Open',
  half_open: 'Half-open',
  held: 'Held open',
  unused: 'Not in use',
};

/** The word of each lock state. */
export const LOCK_WORDS: Readonly<Record<LockState['kind'], string>> = {
  free: 'Free',
  held: 'Held',
  unknown: 'Unknown',
};

/** Why a lock file that lies around is no fault. */
export const LOCK_NEVER_STALE =
  'The lock ends with the last process that has it open, which may be a child that inherited it, so the file is never stale and must never be deleted.';

/** Says of the holder that it did not take the lock itself, to be put after its name; empty when it did. */
export function inheritedWords({ inherited }: Pick<LockState, 'inherited'>): string {
  return inherited === true ? ', which keeps it open although the process that took it has let go' : '';
}

/** What an owner holds, for its second line: "pid 4312 · 7497 · oldest 12 min". */
export function ownerDetail(owner: OwnerState): string {
  return `pid ${owner.process.pid} · ${owner.ports.join(', ')} · oldest ${durationWords(owner.oldestMs)}`;
}
