import { dirname, isAbsolute } from 'node:path';
import type { ProcessRef, RestartBot } from '../../../shared/snapshot.ts';
import { ALWAYS_PROTECTED_PORTS } from '../clean/evidence.ts';
import { createJudge, type Judge } from '../clean/verdict.ts';
import { type Attribution, readAttribution } from '../observe/attribution.ts';
import { describeProcess, scriptOf } from '../observe/process/scripts.ts';
import type { Platform, ProcessRecord, TcpRow } from '../platform/types.ts';

/**
 * What the guide knows about running programs: the bots it waits for, and other programs with sessions. `bots` is null
 * when it cannot see.
 */
export interface Runners {
  bots: RestartBot[] | null;
  strangers: ProcessRef[];
}

export interface RunnersRequest {
  platform: Platform;
  /** Is this one of the bots that the guide stops? */
  isBot: (process: ProcessRecord) => boolean;
  botNames: readonly string[];
  /** The watched ports; the protected ones are always included. */
  ports: readonly number[];
  /** Also look for other programs with sessions. The sockets' owners are read only then, or when a bot runs. */
  strangers: boolean;
}

/** Reads which listed bots run, and the verdict on each. */
export async function readRunners(request: RunnersRequest): Promise<Runners> {
  const { platform, isBot, ports } = request;
  const processes = await platform.readProcesses();
  if (!processes.ok) return { bots: null, strangers: [] };
  const running = [...processes.value.values()].some((process) => !process.corpse && isBot(process));
  if (!running && !request.strangers) return { bots: [], strangers: [] };
  const read = await readAttribution(platform, [...ports, ...ALWAYS_PROTECTED_PORTS]);
  if (!read.ok) return { bots: null, strangers: [] };
  const table = await platform.readTable([...read.value.ports]);
  const judge = judgeOf(read.value, table.ok ? table.value.rows : [], request);
  const all = [...read.value.processes.values()].filter((process) => !process.corpse);
  const bots = all.filter(isBot).map((process) => describeBot(process, judge));
  const known = new Set(bots.map(({ process }) => process.pid));
  return { bots, strangers: request.strangers ? strangersOf(read.value, ports, known) : [] };
}

/** Without rows every session counts as answered. */
function judgeOf(attribution: Attribution, rows: readonly TcpRow[], { platform, botNames }: RunnersRequest): Judge {
  return createJudge({
    processes: attribution.processes,
    holdings: attribution.holdings,
    protectedPorts: attribution.ports,
    tunnelPorts: attribution.tunnelPorts,
    rows,
    unproven: new Set(),
    self: platform.self,
    botNames,
  });
}

function describeBot(process: ProcessRecord, judge: Judge): RestartBot {
  return {
    process: describeProcess(process),
    folder: folderOf(process),
    sessions: judge.sessions(process.pid),
    verdict: judge.verdict(process.pid),
  };
}

function folderOf(process: ProcessRecord): string | null {
  const script = scriptOf(process);
  return script !== null && isAbsolute(script.given) ? dirname(script.given) : null;
}

/** Programs that are no listed bots and hold the client end of a session on the watched ports. */
function strangersOf(
  { processes, holdings }: Attribution,
  ports: readonly number[],
  known: ReadonlySet<number>,
): ProcessRef[] {
  const watched = new Set(ports);
  const pids = holdings
    .filter(({ state, remote }) => state === 'ESTABLISHED' && remote !== null && watched.has(remote.port))
    .map(({ pid }) => pid)
    .filter((pid) => !known.has(pid));
  return [...new Set(pids)].flatMap((pid) => {
    const process = processes.get(pid);
    return process ? [describeProcess(process)] : [];
  });
}
