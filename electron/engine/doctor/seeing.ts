import type { DoctorCheck } from '../../../shared/doctor.ts';
import type { Result } from '../../../shared/result.ts';
import { portLabel, type WatchedPort } from '../../../shared/settings/settings.ts';
import type { ElsewhereState, Problem } from '../../../shared/snapshot.ts';
import { counted, processWords } from '../../../shared/words/format.ts';
import { elsewhereSentence } from '../../../shared/words/snapshot.ts';
import type { Attribution } from '../observe/attribution.ts';
import { indexHoldings } from '../observe/endpoints.ts';
import type { ForwardedPort } from '../observe/forwarded/forwarding.ts';
import { describeProcess } from '../observe/process/scripts.ts';
import type { KnownHosts } from '../observe/remote/gateway-hosts.ts';
import type { KernelTable, Platform, TcpRow } from '../platform/types.ts';
import { broken, careful, check, type Finding, fine } from './check.ts';
import { editCommand } from './files.ts';

/** What was read about the watched ports, and how long each read took. */
export interface Sight {
  ports: readonly number[];
  self: Platform['self'];
  table: Result<KernelTable, Problem>;
  tableMs: number;
  owners: Result<Attribution, Problem>;
  ownersMs: number;
  watched: readonly WatchedPort[];
  /** Watched ports on which a forwarder listens. */
  forwarded: ReadonlyMap<number, ForwardedPort>;
  gatewayHosts: readonly string[];
  hosts: KnownHosts;
  /** Bots' connections to other machines. */
  elsewhere: readonly ElsewhereState[];
  settingsPath: string;
}

/** States in which a process holds the socket. */
const HELD = new Set<TcpRow['state']>(['LISTEN', 'ESTABLISHED', 'CLOSE_WAIT']);

/** The checks of counting and owners, and of what Sexton cannot see and why. */
export function seeingChecks(sight: Sight): DoctorCheck[] {
  return [
    check('kernel-table', 'Counting connections', tableFinding(sight)),
    check('owners', 'Finding their owners', ownersFinding(sight)),
    check('containers', 'Containers and forwarders', forwarderFinding(sight)),
    check('elsewhere', 'Gateways on other machines', elsewhereFinding(sight)),
  ];
}

function tableFinding({ table, tableMs, ports }: Sight): Finding {
  if (!table.ok) return broken(`${table.error.tool}: ${table.error.hint}.`, 'sexton status');
  const { source, rows, problems } = table.value;
  const words = `${source} · ${counted(rows.length, 'socket')} on ${counted(ports.length, 'port')} · ${tableMs} ms`;
  const [problem] = problems;
  return problem === undefined ? fine(words) : careful(`${words}. ${problem.tool}: ${problem.hint}.`, 'sexton status');
}

function ownersFinding(sight: Sight): Finding {
  const { owners, ownersMs, table, self } = sight;
  if (!owners.ok) return broken(`${owners.error.tool}: ${owners.error.hint}.`, 'sexton status');
  const { holdings, processes } = owners.value;
  const words = `${counted(holdings.length, 'descriptor')} · ${counted(processes.size, 'process', 'processes')} · ${ownersMs} ms`;
  const rows = table.ok ? table.value.rows.filter(({ state, inode }) => HELD.has(state) && inode !== 0) : [];
  const holdersOf = indexHoldings(holdings);
  const hidden = rows.filter((row) => holdersOf(row).length === 0);
  if (hidden.length === 0) return fine(words);
  const foreign = hidden.filter(({ uid }) => uid !== null && uid !== self.uid);
  if (holdings.length === 0 && foreign.length < hidden.length) {
    const detail = `lsof lists nothing, although the kernel reports ${counted(hidden.length, 'socket')} on the watched ports.`;
    return broken(detail, 'sudo sexton doctor   # if root sees them, they belong to another user');
  }
  const whose = foreign.length === hidden.length ? 'belong to other users' : 'have no visible owner';
  return careful(`${words}. ${counted(hidden.length, 'socket')} ${whose}.`, 'sudo sexton status');
}

function forwarderFinding({ owners, forwarded, watched, settingsPath }: Sight): Finding {
  const inside = 'Connections inside containers and virtual machines are not visible from here';
  if (!owners.ok)
    return careful(`${inside}. Sexton could not check whether one serves a watched port.`, 'sexton status');
  if (forwarded.size === 0) return fine(`${inside}. No forwarder serves a watched port.`);
  const ways = [...forwarded].map(([port, way]) => ({ port, ...way, accepted: sideOf(port, watched) === 'bots' }));
  const named = ways.map((way) => `${way.port} by ${forwarderName(way)}${leadWords(way)}`).join(', ');
  const hidden = ways.filter(({ lead, accepted }) => lead === null && !accepted);
  const [first] = hidden;
  if (first === undefined) return fine(`Forwarded: ${named}.`);
  const where = `To see them, run Sexton beside the Gateway (docker run --network container:NAME --pid container:NAME …; to find NAME: docker ps --filter publish=${first.port}), or accept that Sexton watches only the bots' side.`;
  return careful(
    `Forwarded: ${named}. Sexton cannot see the Gateway's own connections. ${where}`,
    `${editCommand(settingsPath)}   # in "ports": { "port": ${first.port}, "label": "${labelOf(first.port, watched)}", "side": "bots" }`,
  );
}

/** Gateways on other machines: configured names that do not resolve, and machines bots connect to that are not configured. */
function elsewhereFinding({ owners, elsewhere, hosts, gatewayHosts, settingsPath }: Sight): Finding {
  const [unknown] = hosts.problems;
  if (unknown !== undefined) return careful(unknown.hint, editCommand(settingsPath));
  const sentence = elsewhereSentence(elsewhere);
  if (sentence !== '') {
    const list = [...new Set([...gatewayHosts, ...elsewhere.map(({ address }) => address)])];
    return careful(sentence, `${editCommand(settingsPath)}   # "gatewayHosts": ${JSON.stringify(list)}`);
  }
  if (!owners.ok)
    return careful('Sexton could not check whether bots connect to Gateways on other machines.', 'sexton status');
  return fine(`Gateway hosts: ${gatewayHosts.join(', ')}. No bot is connected to a watched port on another machine.`);
}

function sideOf(port: number, watched: readonly WatchedPort[]): WatchedPort['side'] {
  return watched.find((one) => one.port === port)?.side;
}

function labelOf(port: number, watched: readonly WatchedPort[]): string {
  return watched.find((one) => one.port === port)?.label ?? portLabel(port);
}

function forwarderName({ forwarder }: ForwardedPort): string {
  return processWords(describeProcess(forwarder));
}

function leadWords({ lead, accepted }: ForwardedPort & { accepted: boolean }): string {
  if (lead !== null)
    return ` to ${processWords(describeProcess(lead.gateway))} on its port ${lead.port}, where Sexton reads it`;
  return accepted ? " (the bots' side only)" : '';
}
