import type { DoctorCheck } from '../../../shared/doctor.ts';
import type { Result } from '../../../shared/result.ts';
import type { Problem, ProcessRef } from '../../../shared/snapshot.ts';
import { counted, processWords } from '../../../shared/wording.ts';
import type { Attribution } from '../observe/attribution.ts';
import { indexHoldings } from '../observe/endpoints.ts';
import { isForwarder } from '../observe/programs.ts';
import { describeProcess } from '../observe/scripts.ts';
import type { KernelTable, Platform, TcpRow } from '../platform/types.ts';
import { broken, careful, check, type Finding, fine } from './check.ts';

/** What was seen of the watched ports, and how long each look took. */
export interface Sight {
  ports: readonly number[];
  self: Platform['self'];
  table: Result<KernelTable, Problem>;
  tableMs: number;
  owners: Result<Attribution, Problem>;
  ownersMs: number;
}

/** States in which some process holds the socket. */
const HELD = new Set<TcpRow['state']>(['LISTEN', 'ESTABLISHED', 'CLOSE_WAIT']);

/** The lines about counting and owners, and about what cannot be seen and why. */
export function seeingChecks(sight: Sight): DoctorCheck[] {
  return [
    check('kernel-table', 'Counting connections', tableFinding(sight)),
    check('owners', 'Finding their owners', ownersFinding(sight)),
    check('containers', 'Containers and forwarders', forwarderFinding(sight)),
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
    const detail = `lsof lists nothing although the kernel has ${counted(hidden.length, 'socket')} on the watched ports.`;
    return broken(detail, 'sudo sexton doctor   # if root sees them, they belong to another user');
  }
  const whose = foreign.length === hidden.length ? 'belong to other users' : 'have no visible owner';
  return careful(`${words}. ${counted(hidden.length, 'socket')} ${whose}.`, 'sudo sexton status');
}

function forwarderFinding({ owners, ports }: Sight): Finding {
  const inside = 'Connections inside containers are not visible from here';
  if (!owners.ok) return careful(`${inside}; whether one serves a watched port could not be read.`, 'sexton status');
  const watched = new Set(ports);
  const forwarders = owners.value.holdings
    .filter(({ state, local }) => state === 'LISTEN' && watched.has(local.port))
    .flatMap(({ pid, local }) => {
      const process = owners.value.processes.get(pid);
      return process && isForwarder(process) ? [{ port: local.port, process: describeProcess(process) }] : [];
    });
  const [first] = forwarders;
  if (first === undefined) return fine(`${inside}. No forwarder serves a watched port.`);
  const named = [...new Set(forwarders.map(({ port, process }) => `${port} by ${namedForwarder(process)}`))].join(', ');
  return careful(
    `Forwarded: ${named}. ${inside}: only the bots' side and the forwarder are seen, and a Gateway behind it cannot be judged.`,
    `docker ps --filter publish=${first.port}`,
  );
}

function namedForwarder(process: ProcessRef): string {
  return processWords(process);
}
