import { totalZombies } from './severity.ts';
import type {
  BreakerState,
  Level,
  LockState,
  OwnerState,
  ProcessRef,
  ProtectedReason,
  ScanState,
  Snapshot,
  Verdict,
} from './snapshot.ts';

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
  'gateway-family': 'It is a parent or a child of the process that listens on an API port.',
  'gateway-program': 'It is TWS, IB Gateway, IBC or Java. Only you restart it.',
  forwarder: 'It forwards the API port, and stopping it would cut off every bot behind it.',
  self: 'It is Sexton itself, or what Sexton was started from.',
  'other-user': 'It belongs to another user of this machine.',
  'live-session': 'It has a live API session and may be trading.',
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
  if (verdict.kind === 'protected') {
    if (verdict.detail === undefined) return PROTECTED_WORDS[verdict.reason];
    return `It is ${verdict.detail}, which serves an API port.`;
  }
  return verdict.reason === 'python'
    ? 'A Python bot without a live session: stopping it frees the connection.'
    : 'On your list of bots and without a live session: stopping it frees the connection.';
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

function listWords(words: readonly string[]): string {
  if (words.length <= 2) return words.join(' and ');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** "left by app.py (4312), runner.py (4313)", or nothing when nobody is remembered. */
export function culpritWords(culprits: readonly ProcessRef[]): string {
  return culprits.length === 0 ? '' : `left by ${culprits.map(processWords).join(', ')}`;
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
  const total = totalZombies(snapshot.ports);
  if (snapshot.scan.kind === 'failed' || total === null) {
    return { main: 'The last look failed, so the count is unknown.', detail: '' };
  }
  const jammed = snapshot.ports.filter((port) => port.jammed);
  if (jammed.length > 0) {
    return {
      main: `${gatewayName(snapshot)} has stopped answering on ${listWords(jammed.map(({ port }) => String(port)))}.`,
      detail: 'It still accepts connections but does not read them.',
    };
  }
  if (total === 0) return { main: 'No zombie connections.', detail: sessionsSentence(snapshot) };
  const client = totalZombies(snapshot.ports, 'client') ?? 0;
  const gateway = total - client;
  const holder = gatewayName(snapshot);
  if (client === 0) {
    return { main: `${holder} holds ${gateway === 1 ? 'the only one' : `all ${gateway}`}.`, detail: onlyRestart };
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
