import type { Verdict } from '../../../shared/snapshot.ts';
import { gatewayProgram, isForwarder, isLauncher } from '../observe/programs.ts';
import { describeProcess } from '../observe/scripts.ts';
import type { Holding, ProcessRecord } from '../platform/types.ts';
import { botReason, globMatcher } from './bot-list.ts';
import { ancestorsOf, childrenOf, descendantsOf, type Evidence } from './evidence.ts';

/** The guard, with one evidence's process tree and sockets at hand. */
export interface Guard {
  /** May this process be signalled? Deny beats allow; `live` is true when a person included its live session. */
  verdict(pid: number, live?: boolean): Verdict;
  /** Live or opening sessions that end when these processes are stopped: their own and their descendants', each counted once. */
  sessions(...pids: readonly number[]): number;
}

const protect = (reason: Extract<Verdict, { kind: 'protected' }>['reason']): Verdict => ({ kind: 'protected', reason });

/** Makes the guard for one evidence. Pure and total: every pid gets an answer, an unknown one a denial. */
export function createGuard(evidence: Evidence): Guard {
  const { processes, holdings, protectedPorts, self } = evidence;
  const children = childrenOf(processes);
  const listeners = new Set(holdings.filter((holding) => servesPort(holding, protectedPorts)).map(({ pid }) => pid));
  const family = familyOf(listeners, evidence, children);
  const ownLine = new Set([self.pid, ...ancestorsOf(self.pid, processes).map(({ pid }) => pid)]);
  const sessionKeys = sessionsByPid(holdings, protectedPorts);
  const onBotList = globMatcher(evidence.botNames);

  const sessions = (...pids: readonly number[]): number => {
    const members = pids.flatMap((pid) => [pid, ...descendantsOf(pid, children).map((process) => process.pid)]);
    return new Set(members.flatMap((member) => [...(sessionKeys.get(member) ?? [])])).size;
  };

  const verdict = (pid: number, live = false): Verdict => {
    if (listeners.has(pid)) return protect('gateway-listener');
    const kin = family.get(pid);
    if (kin) return { kind: 'protected', reason: 'gateway-family', detail: kinWords(kin, evidence) };
    const process = processes.get(pid);
    if (process && gatewayProgram(process) !== null) return protect('gateway-program');
    if (process && isForwarder(process)) return protect('forwarder');
    if (pid <= 1 || ownLine.has(pid)) return protect('self');
    const uid = process?.uid ?? holdings.find((holding) => holding.pid === pid)?.uid ?? null;
    if (uid !== null && uid !== self.uid) return protect('other-user');
    if (process === undefined || !isProven(process) || evidence.unproven.has(pid)) return protect('unproven');
    if (!live && sessions(pid) > 0) return protect('live-session');
    const reason = botReason(process, onBotList);
    return reason === null ? protect('not-a-bot') : { kind: 'cleanable', reason };
  };

  return { verdict, sessions };
}

/** Listens on a protected port, or holds a socket whose local port is one: a forked child outlives the listener. */
function servesPort(holding: Holding, ports: ReadonlySet<number>): boolean {
  return ports.has(holding.local.port);
}

/** An identity that could not be read whole is none: no start time, no executable, or only a corpse. */
function isProven(process: ProcessRecord): boolean {
  return process.startToken !== '' && process.executable !== null && process.executable !== '' && !process.corpse;
}

/** How a process is related to a listener. */
interface Kin {
  relation: 'ancestor' | 'descendant';
  listener: number;
}

/** Parents and children of the listeners. A launcher (login shell, sshd, launchd) belongs to no family and ends one. */
function familyOf(
  listeners: ReadonlySet<number>,
  { processes }: Evidence,
  children: ReadonlyMap<number, ProcessRecord[]>,
): Map<number, Kin> {
  const family = new Map<number, Kin>();
  for (const listener of listeners) {
    for (const ancestor of ancestorsOf(listener, processes)) {
      if (isLauncher(ancestor)) break;
      family.set(ancestor.pid, { relation: 'ancestor', listener });
    }
    for (const { pid } of descendantsOf(listener, children, isLauncher)) {
      family.set(pid, { relation: 'descendant', listener });
    }
  }
  return family;
}

/** "a parent of IB Gateway (655)". */
function kinWords({ relation, listener }: Kin, { processes }: Evidence): string {
  const process = processes.get(listener);
  const name = process ? describeProcess(process).name : 'process';
  return `${relation === 'ancestor' ? 'a parent' : 'a child'} of ${name} (${listener})`;
}

function sessionsByPid(holdings: readonly Holding[], ports: ReadonlySet<number>): Map<number, Set<string>> {
  const sessions = new Map<number, Set<string>>();
  for (const { pid, state, local, remote } of holdings) {
    if (remote === null || !ports.has(remote.port)) continue;
    if (state !== 'ESTABLISHED' && state !== 'SYN_SENT') continue;
    const keys = sessions.get(pid) ?? new Set<string>();
    keys.add(`${local.address} ${local.port} ${remote.address} ${remote.port}`);
    sessions.set(pid, keys);
  }
  return sessions;
}
