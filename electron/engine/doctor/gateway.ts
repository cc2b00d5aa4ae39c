import type { DoctorCheck } from '../../../shared/doctor.ts';
import type { IbcFacts } from '../../../shared/restart/help.ts';
import type { WatchedPort } from '../../../shared/settings/settings.ts';
import { processWords } from '../../../shared/words/format.ts';
import type { Attribution } from '../observe/attribution.ts';
import { gatewayProgram } from '../observe/process/programs.ts';
import { describeProcess } from '../observe/process/scripts.ts';
import type { KernelTable, ProcessRecord } from '../platform/types.ts';
import { careful, check, type Finding, fine, shellPath } from './check.ts';

/** The input of the checks of Gateway and IBC; `null` is what could not be read. */
export interface GatewaySight {
  watched: readonly WatchedPort[];
  table: KernelTable | null;
  owners: Attribution | null;
  /** Ports that running Gateway programs listen on. */
  gatewayPorts: readonly number[];
  ibc: IbcFacts;
}

/** The checks of the ports, the Gateway's own API settings, and IBC. */
export function gatewayChecks(sight: GatewaySight): DoctorCheck[] {
  return [
    check('ports', 'Ports', portsFinding(sight)),
    check('gateway-api', 'Gateway API settings', apiFinding(sight)),
    check('ibc', 'IBC settings', ibcFinding(sight.ibc)),
  ];
}

function listeningOn({ table, watched }: GatewaySight): WatchedPort[] {
  const open = new Set((table?.rows ?? []).filter(({ state }) => state === 'LISTEN').map(({ local }) => local.port));
  return watched.filter(({ port }) => open.has(port));
}

function portsFinding(sight: GatewaySight): Finding {
  if (sight.table === null) return careful('Sexton could not read which ports are listening.', 'sexton status');
  const listening = listeningOn(sight).map(
    ({ port, label }) => `${port} (${label}) by ${listenerOf(port, sight.owners)}`,
  );
  const closed = sight.watched.length - listening.length;
  if (listening.length === 0)
    return fine(`None of the ${closed} watched ports is listening. Sexton notices when a Gateway starts.`);
  return fine(`Listening: ${listening.join(', ')}.${closed === 0 ? '' : ` ${closed} more are watched.`}`);
}

function listenerOf(port: number, owners: Attribution | null): string {
  const holder = owners?.holdings.find(({ state, local }) => state === 'LISTEN' && local.port === port);
  const process = holder && owners?.processes.get(holder.pid);
  return process ? processWords(describeProcess(process)) : 'a process Sexton cannot see';
}

function gateways(owners: Attribution | null): ProcessRecord[] {
  return [...(owners?.processes.values() ?? [])].filter((process) => {
    const program = process.corpse ? null : gatewayProgram(process);
    return program === 'IB Gateway' || program === 'TWS';
  });
}

/** Sexton never connects to the API. It can only notice a Gateway that is running but not listening on a watched port. */
function apiFinding(sight: GatewaySight): Finding {
  const running = gateways(sight.owners);
  const [first] = running;
  if (first === undefined) return fine('Sexton sees no running TWS or Gateway. It never connects to the API to check.');
  const name = processWords(describeProcess(first));
  if (listeningOn(sight).length > 0)
    return fine(`${name} is running and the API port is listening. Sexton never connects to the API to check more.`);
  const where = 'In TWS or Gateway: Configure > Settings > API > Settings';
  const [other] = sight.gatewayPorts;
  if (other !== undefined) {
    const detail = `${name} listens on ${sight.gatewayPorts.join(', ')}, outside the watched ports.`;
    return careful(
      detail,
      `Add ${other} to the watched ports in the settings, or scan it once: sexton status --port ${other}`,
    );
  }
  const detail = `${name} is running, but its API port is not listening: it is still starting, it is waiting for a login, or its API is off.`;
  return careful(detail, `${where}: tick "Enable ActiveX and Socket Clients" and check "Socket port"`);
}

function ibcFinding({ expected, used, found, commandPort }: IbcFacts): Finding {
  const file = used ?? expected;
  if (used === null && !found) return fine(`${expected} does not exist. You need it only if IBC starts your Gateway.`);
  if (used !== null && used !== expected && !found) {
    const detail = `The running Gateway uses ${used}. IBC's own scripts look for ${expected}, which is missing.`;
    return careful(detail, `mkdir -p ${shellPath(folderOf(expected))} && cp ${shellPath(used)} ${shellPath(expected)}`);
  }
  if (commandPort !== null) return fine(`${file} · command server on port ${commandPort}: RESTART keeps the login.`);
  return fine(
    `${file} · command server off, so a restart needs a full login. To switch it on, set CommandServerPort=7462 in this file.`,
  );
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
