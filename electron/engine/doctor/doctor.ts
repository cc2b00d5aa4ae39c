import type { DoctorReport } from '../../../shared/doctor.ts';
import type { Settings } from '../../../shared/settings/settings.ts';
import type { ElsewhereState, LockState } from '../../../shared/snapshot.ts';
import { botReason, globMatcher } from '../clean/bot-list.ts';
import { ALWAYS_PROTECTED_PORTS } from '../clean/evidence.ts';
import { type Attribution, readAttribution } from '../observe/attribution.ts';
import { Forwarding } from '../observe/forwarded/forwarding.ts';
import { gatewayProgram } from '../observe/process/programs.ts';
import { describeProcess } from '../observe/process/scripts.ts';
import { isElsewhere, listElsewhere } from '../observe/remote/elsewhere.ts';
import { GatewayHosts, type KnownHosts } from '../observe/remote/gateway-hosts.ts';
import { trackZombies } from '../observe/zombies.ts';
import type { Directories } from '../platform/directories.ts';
import { createLauncher, MAX_OUTPUT_BYTES, TOOL_TIMEOUTS } from '../platform/run/command.ts';
import { findTool, SYSTEM_TOOLS, type ToolPaths } from '../platform/run/tools.ts';
import type { Platform, TcpRow } from '../platform/types.ts';
import { journalPath } from '../record/journal/files.ts';
import type { SettingsProblem } from '../record/settings/file.ts';
import { readIbc } from '../restart/ibc.ts';
import { type AppFacts, appChecks, pathCheck } from './app.ts';
import { clockCheck } from './clock.ts';
import { filesChecks } from './files.ts';
import { gatewayChecks } from './gateway.ts';
import { lockChecks } from './lock.ts';
import { type Sight, seeingChecks } from './seeing.ts';
import { privilegeChecks, systemCheck, systemFacts } from './system.ts';
import { probeTools, type ToolBench, toolChecks } from './tools.ts';

export interface DoctorParts {
  platform: Platform;
  clock: { /** Monotonic ms. */ now(): number /** Wall time in ms since the epoch. */; wall(): number };
  settings: { path: string; current(): Settings };
  settingsProblems: readonly SettingsProblem[];
  directories: Directories;
  /** Observes who holds the handshake lock, without taking it. */
  lock: { observe(path: string): Promise<LockState> };
  home: string;
  environment: Readonly<Record<string, string | undefined>>;
  /** The file that starts this Sexton in a terminal; null if there is none to link into the PATH. */
  command: string | null;
  /** What only the running app knows; null in the terminal. */
  app: AppFacts | null;
  /** Other paths for some of the tools. */
  tools?: Partial<ToolPaths>;
}

/** Checks everything Sexton needs on this machine. It changes nothing and never connects to a port. */
export async function examine(parts: DoctorParts): Promise<DoctorReport> {
  const { platform, clock, directories } = parts;
  const { notes } = platform;
  const began = { wall: clock.wall(), monotonic: clock.now() };
  const settings = parts.settings.current();
  const facts = systemFacts(platform);
  const tools = await probeTools(notes, toolBench(parts));
  const sight = await look(parts, settings);
  const owners = sight.owners.ok ? sight.owners.value : null;
  const [choice, lock, gatewayPorts, ibc, files, path] = await Promise.all([
    platform.flock.prove(),
    parts.lock.observe(settings.lockPath),
    portsOfGateways(platform, owners),
    readIbc(parts.home, gatewayLines(owners)),
    filesChecks({
      directories,
      settingsPath: parts.settings.path,
      settingsProblems: parts.settingsProblems,
      runnerLogPath: settings.runnerLogPath,
      metricsPath: settings.metricsPath,
    }),
    pathCheck(parts.environment, parts.home, parts.command),
  ]);
  const table = sight.table.ok ? sight.table.value : null;
  const ended = { wall: clock.wall(), monotonic: clock.now() };
  const checks = [
    systemCheck(facts),
    ...toolChecks(notes, tools),
    ...privilegeChecks(facts, parts.home),
    ...seeingChecks(sight),
    ...gatewayChecks({ watched: settings.ports, table, owners, gatewayPorts, ibc }),
    ...lockChecks(notes.repairs.flock, choice, lock),
    ...files,
    await clockCheck(notes.repairs.clock, began, ended, journalPath(directories.logs)),
    path,
    ...appChecks(notes.repairs, parts.app),
  ];
  return { ok: checks.every(({ status }) => status !== 'failed'), at: new Date(began.wall).toISOString(), checks };
}

/** Finds and runs this system's tools. */
export function toolBench({ platform, clock, tools }: Pick<DoctorParts, 'platform' | 'clock' | 'tools'>): ToolBench {
  const { installHint } = platform.notes;
  const paths = { ...SYSTEM_TOOLS, ...tools };
  const run = createLauncher({
    paths,
    installHint,
    limits: (tool) => ({ timeoutMs: TOOL_TIMEOUTS[tool], maxOutputBytes: MAX_OUTPUT_BYTES }),
  });
  return { find: (tool) => findTool(tool, paths, installHint), run, now: clock.now };
}

async function look(parts: DoctorParts, settings: Settings): Promise<Sight> {
  const { platform, clock } = parts;
  const { ports: watched, gatewayHosts } = settings;
  const ports = watched.map(({ port }) => port);
  const began = clock.now();
  const table = await platform.readTable(ports);
  const counted = clock.now();
  const owners = await readAttribution(platform, [...ports, ...ALWAYS_PROTECTED_PORTS]);
  const ended = clock.now();
  const forwarding = new Forwarding(platform, clock.now);
  if (table.ok && owners.ok) await forwarding.follow(ports, table.value.rows, owners.value);
  const hosts = await new GatewayHosts(gatewayHosts, clock.now).current();
  return {
    ports,
    self: platform.self,
    table,
    tableMs: Math.round(counted - began),
    owners,
    ownersMs: Math.round(ended - counted),
    watched,
    forwarded: forwarding.ports(),
    gatewayHosts,
    hosts,
    elsewhere: table.ok ? connectionsElsewhere(table.value.rows, owners.ok ? owners.value : null, hosts, settings) : [],
    settingsPath: parts.settings.path,
  };
}

/** Bots' connections to other machines in a single read: CLOSE_WAIT is reported without waiting to see whether it lasts. */
function connectionsElsewhere(
  all: readonly TcpRow[],
  owners: Attribution | null,
  { isGateway }: KnownHosts,
  { ports: watched, botNames }: Settings,
): ElsewhereState[] {
  const ports = new Set(watched.map(({ port }) => port));
  const rows = all.filter((row) => isElsewhere(row, { ports, isGateway }));
  const atOnce = { settleMs: 0, secondReadMs: null };
  const onList = globMatcher(botNames);
  return listElsewhere({
    zombies: trackZombies(new Map(), rows, { ports, isGateway: () => true }, atOnce, 0).values(),
    sessions: rows.filter(({ state }) => state === 'ESTABLISHED'),
    owners,
    isBot: (process) => botReason(process, onList) !== null,
  });
}

function gatewayLines(owners: Attribution | null): string[] {
  return [...(owners?.processes.values() ?? [])]
    .filter((process) => gatewayProgram(process) !== null)
    .map((process) => describeProcess(process).commandLine);
}

async function portsOfGateways(platform: Platform, owners: Attribution | null): Promise<number[]> {
  const pids = [...(owners?.processes.values() ?? [])]
    .filter((process) => !process.corpse && ['IB Gateway', 'TWS'].includes(gatewayProgram(process) ?? ''))
    .map(({ pid }) => pid);
  if (pids.length === 0) return [];
  const ports = await platform.readListeningPorts(pids);
  return ports.ok ? ports.value : [];
}
