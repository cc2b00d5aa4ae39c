import { leastZombies, totalZombies } from '../severity.ts';
import type { ElsewhereState, Level, OwnerState, PortState, ProcessRef, ScanState, Snapshot } from '../snapshot.ts';
import { agoWords, counted, durationWords, listWords, processWords } from './format.ts';

/** The name of each level, as chips and the terminal show it. */
export const LEVEL_WORDS: Readonly<Record<Level, string>> = {
  clear: 'Clear',
  notice: 'Notice',
  warning: 'Warning',
  critical: 'Critical',
  blind: 'Cannot see',
};

const SMALL = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine'];

/** "Two bots" at the start of a sentence: words up to nine, figures from ten on. */
function countedWord(count: number, singular: string): string {
  return `${SMALL[count] ?? count} ${singular}${count === 1 ? '' : 's'}`;
}

/** "left by app.py (4312), runner.py (4313)", or nothing when none is remembered. */
function culpritWords(culprits: readonly ProcessRef[]): string {
  return culprits.length === 0 ? '' : `left by ${culprits.map(processWords).join(', ')}`;
}

/** "6 left by port probes", or nothing when there are none. */
export function probeWords(count: number): string {
  return count === 0 ? '' : `${count} left by ${count === 1 ? 'a port probe' : 'port probes'}`;
}

/** How many of the Gateways' zombies port probes left; one that two processes hold is listed under both and counted once. */
export function probeZombies({ owners, ports }: Pick<Snapshot, 'owners' | 'ports'>): number {
  const listed = owners.reduce((sum, { probes = 0 }) => sum + probes, 0);
  return Math.min(listed, totalZombies(ports, 'gateway') ?? listed);
}

/** What is known about who left an owner's zombies: "6 left by port probes, left by app.py (4312)". */
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

/** The one plain sentence beside the count; `detail` is shown less prominently. Unknown is never reported as none. */
export function headline(snapshot: Snapshot): { main: string; detail: string } {
  if (snapshot.scan.kind === 'failed') {
    return { main: 'The last scan failed, so the count is unknown.', detail: '' };
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
  // Bots are named only when every connection has exactly one owner.
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

/** Ports behind whose forwarder the Gateway's side is unknown, and no setting accepts that. */
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

const onlyRestart = 'Cleaning cannot free what the Gateway holds. Only a restart can.';

/** "2 live sessions on 4002.", or that nothing is listening or connected. */
function sessionsSentence(snapshot: Pick<Snapshot, 'ports'>): string {
  const live = snapshot.ports.filter(({ established }) => (established ?? 0) > 0);
  if (live.length === 0) {
    const listening = snapshot.ports.filter((port) => port.listening);
    if (listening.length === 0) return 'No Gateway is listening.';
    return `Listening on ${listWords(listening.map(({ port }) => String(port)))}, nothing connected.`;
  }
  const parts = live.map(({ port, established }) => `${counted(established ?? 0, 'live session')} on ${port}`);
  return `${listWords(parts)}.`;
}

/** The tools that say who holds what; the count comes from others. */
const OWNERS_TOOL = /(^|\/)(lsof|ps)$/;

/** What was wrong with the last scan, in words; empty when it saw everything. */
export function scanWords({ kind, problems }: Pick<ScanState, 'kind' | 'problems'>): string {
  switch (kind) {
    case 'ok':
      return '';
    case 'degraded':
      return problems.some(({ tool }) => OWNERS_TOOL.test(tool))
        ? 'The count is known, but not every owner is.'
        : 'The last scan was incomplete.';
    case 'stale':
      return 'The last scan is out of date.';
    case 'failed':
      return 'Sexton cannot see the connections.';
  }
}

/** What an owner holds, for its second line: "pid 4312 · 7497 · oldest 12 min". */
export function ownerDetail(owner: OwnerState): string {
  return `pid ${owner.process.pid} · ${owner.ports.join(', ')} · oldest ${durationWords(owner.oldestMs)}`;
}

/** True until the first scan has succeeded. */
export function neverLooked(scan: Pick<ScanState, 'at'>): boolean {
  return Date.parse(scan.at) <= 0;
}

/** When the last scan was, for the footer: "Checked 2 s ago · 4 ms", or how old the last successful one is. */
export function checkedWords(scan: ScanState, now: number): string {
  if (neverLooked(scan)) return scan.kind === 'failed' ? 'No successful scan yet' : 'Not checked yet';
  if (scan.kind === 'failed') return `Last successful scan ${agoWords(scan.at, now)}`;
  if (scan.kind === 'stale') return `Last scan ${agoWords(scan.at, now)}`;
  return `Checked ${agoWords(scan.at, now)} · ${lookWords(scan.durationMs)}`;
}

/** How long a scan took: "4 ms", "5.0 s". */
function lookWords(durationMs: number): string {
  return durationMs < 1_000 ? `${Math.max(1, Math.round(durationMs))} ms` : `${(durationMs / 1_000).toFixed(1)} s`;
}
